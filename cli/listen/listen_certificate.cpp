#include "cli/listen/listen_certificate.h"

#include "core/base/new_file.h"
#include "core/base/safe_file.h"
#include "core/store/private_folder.h"

#include <cerrno>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

namespace thig {
namespace {

constexpr Millis validity = std::chrono::days(365);
constexpr std::size_t longest_pem_file = 1u << 20;
constexpr Millis least_left = std::chrono::days(1);
// Text before the PEM block, which readers of PEM pass over, says what the certificate is for.
constexpr std::string_view mark = "thig-hooks listen: ";

// Nothing if there is none.
Result<std::optional<std::string>> read_pem(const std::string& file) {
  struct stat found {};
  if (lstat(file.c_str(), &found) != 0 && errno == ENOENT) return std::nullopt;
  THIG_TRY_ASSIGN(fd, open_to_read(file));
  THIG_TRY_ASSIGN(text, read_whole(fd.get(), file, longest_pem_file));
  return std::optional(std::move(text));
}

Status write_private_file(const std::string& file, std::string_view text, Random& random) {
  THIG_TRY_ASSIGN(made, NewFile::make(file, FileOwner::self(), random));
  THIG_TRY(made.write(text));
  return made.publish(Existing::replaced);
}

// "thig-hooks listen: localhost,127.0.0.1 until 2027-01-15T10:30:00Z"
bool is_good(std::string_view certificate, const std::string& names, Time now) {
  const std::string_view line = certificate.substr(0, certificate.find('\n'));
  const std::string start = fmt::format("{}{} until ", mark, names);
  if (!line.starts_with(start)) return false;
  const auto until = parse_rfc3339(line.substr(start.size()));
  return until && *until - least_left > now;
}

}  // namespace

Result<Certificate> listen_certificate(const std::string& file, std::span<const std::string> names,
                                       Time now, Random& random) {
  const std::string joined = fmt::format("{}", fmt::join(names, ","));
  const std::string key_file = file + ".key";
  THIG_TRY_ASSIGN(certificate, read_pem(file));
  THIG_TRY_ASSIGN(key, read_pem(key_file));
  if (certificate && !certificate->empty() && !certificate->starts_with(mark)) {
    return fail(ErrorCode::file, fmt::format("{} exists and was not created by `listen`", file),
                "choose another file with --cert-file");
  }
  if (certificate && key && is_good(*certificate, joined, now)) {
    return Certificate{.certificate = *certificate, .private_key = *key};
  }
  THIG_TRY(make_private_folder(folder_of(file)));
  THIG_TRY_ASSIGN(made, make_self_signed(names, now, validity));
  made.certificate = fmt::format("{}{} until {}\n{}", mark, joined, format_rfc3339(now + validity),
                                 made.certificate);
  THIG_TRY(write_private_file(key_file, made.private_key, random));
  THIG_TRY(write_private_file(file, made.certificate, random));
  return made;
}

}  // namespace thig

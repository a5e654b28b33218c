#include "cli/listen_certificate.h"

#include "core/store/private_folder.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr Millis validity = std::chrono::days(365);
constexpr Millis least_left = std::chrono::days(1);
// Text before the PEM block, which readers of PEM pass over, says what the certificate is for.
constexpr std::string_view mark = "thig-hooks listen: ";

std::optional<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Status write_private_file(const std::string& file, std::string_view text) {
  const std::string unfinished = fmt::format("{}.{}", file, getpid());
  const auto failed = [&] {
    const int reason = errno;
    unlink(unfinished.c_str());
    return fail(ErrorCode::file, fmt::format("cannot write {}: {}", file, std::strerror(reason)));
  };
  unlink(unfinished.c_str());  // of a process of this number that was killed
  const int fd = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (close(fd) != 0 || !written) return failed();
  if (rename(unfinished.c_str(), file.c_str()) != 0) return failed();
  return {};
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
                                       Time now) {
  const std::string joined = fmt::format("{}", fmt::join(names, ","));
  const std::string key_file = file + ".key";
  const auto certificate = read_file(file);
  const auto key = read_file(key_file);
  if (certificate && !certificate->empty() && !certificate->starts_with(mark)) {
    return fail(ErrorCode::file, fmt::format("{} exists and was not made by `listen`", file),
                "name another file with --cert-file");
  }
  if (certificate && key && is_good(*certificate, joined, now)) {
    return Certificate{.certificate = *certificate, .private_key = *key};
  }
  THIG_TRY(make_private_folder(folder_of(file)));
  THIG_TRY_ASSIGN(made, make_self_signed(names, now, validity));
  made.certificate = fmt::format("{}{} until {}\n{}", mark, joined, format_rfc3339(now + validity),
                                 made.certificate);
  THIG_TRY(write_private_file(key_file, made.private_key));
  THIG_TRY(write_private_file(file, made.certificate));
  return made;
}

}  // namespace thig

#include "cli/listen/listen_secret.h"

#include "core/base/new_file.h"
#include "core/base/safe_file.h"
#include "core/rules/secret.h"
#include "core/store/private_folder.h"

#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {
namespace {

constexpr std::size_t longest_secret_file = 4096;
constexpr std::size_t secret_bytes = 32;

}  // namespace

Result<std::string> listen_secret(const std::string& file, Random& random) {
  struct stat found {};
  if (lstat(file.c_str(), &found) == 0 || errno != ENOENT) {
    THIG_TRY_ASSIGN(fd, open_to_read(file));
    THIG_TRY_ASSIGN(text, read_whole(fd.get(), file, longest_secret_file));
    if (text.ends_with('\n')) text.pop_back();
    if (auto usable = check_secret(text); !usable) {
      return fail(ErrorCode::file, fmt::format("{} does not hold a secret", file),
                  fmt::format("remove it, and `listen` makes another one: rm {}", file));
    }
    return text;
  }
  THIG_TRY(make_private_folder(folder_of(file)));
  std::string secret = make_secret(random.bytes(secret_bytes));
  THIG_TRY_ASSIGN(made, NewFile::make(file, FileOwner::self(), random));
  THIG_TRY(made.write(secret + "\n"));
  THIG_TRY(made.publish(Existing::replaced));
  return secret;
}

}  // namespace thig

// A folder with the secrets of outgoing webhooks (NAME.secret) and the URLs of incoming ones
// (NAME.url), as `apply` keeps it.
#pragma once

#include "cli/app/context.h"
#include "core/setup/apply.h"

#include <cstdint>
#include <string>
#include <vector>

namespace thig {

class SecretFolder {
 public:
  // Before anything is changed: makes the folder if it is missing, and sees that it takes files.
  // `invalid` for a webhook whose name is no file's.
  static Result<SecretFolder> open(const std::string& folder, const SetupDocument& document,
                                   Random& random);

  const std::string& path() const { return path_; }

  // After it: writes what is new, and what is missing of the document's webhooks, which is revealed
  // for that (Owners and Admins, noted in the trail). Answers how many files were written.
  Result<std::int64_t> write(Context& context, Store& store, const Member& actor,
                             const SetupDocument& document, const std::vector<PlannedChange>& plan,
                             const std::string& base) const;

 private:
  explicit SecretFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace thig

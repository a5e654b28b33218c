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
  // `invalid` for a webhook of the document whose name is no file's.
  static Status check(const SetupDocument& document);
  // Before anything is changed: checks it, makes the folder if it is missing, and sees that it
  // takes files.
  static Result<SecretFolder> open(const std::string& folder, const SetupDocument& document,
                                   Random& random);

  const std::string& path() const { return path_; }

  // After it: writes what is new, what is missing of the document's webhooks, and all its URLs if
  // their public base has changed. What is not new is revealed for that (Owners and Admins, noted
  // in the trail). Answers how many files were written.
  Result<std::int64_t> write(Context& context, Store& store, const Member& actor,
                             const SetupDocument& document, const std::vector<PlannedChange>& plan,
                             const std::string& base) const;

 private:
  explicit SecretFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace thig

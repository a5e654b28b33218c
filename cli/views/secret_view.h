// A new secret is shown once, or kept in a file.
#pragma once

#include "cli/app/context.h"
#include "cli/files/secret_file.h"
#include "core/base/json.h"
#include "core/model/endpoint.h"

#include <functional>
#include <optional>
#include <string>

namespace thig {

class Flags;

// Where a secret (or the URL of an incoming webhook) goes: into the document or table on standard
// output, alone on standard output, or into a file.
class SecretOutput {
 public:
  // `print` is the name of the flag: "--print-secret".
  void declare(Flags& flags, std::string print, const std::string& what);

  // Makes ready to write, before anything is changed. `usage` for what excludes each other.
  Status prepare(Context& context);
  // Only the secret is asked for, and of a webhook that is there: nothing is to be done where its
  // file is there, too.
  bool wants_existing() const { return print_ || (file_ && !file_->exists()); }

  bool printed_alone() const { return print_; }
  // Null where none was named.
  SecretFile* file() { return file_ ? &*file_ : nullptr; }
  // Writes it to the file, or alone to standard output, where one of these was asked for.
  Status write(Context& context, std::string_view secret);

 private:
  std::string flag_;
  bool print_ = false;
  std::optional<std::string> name_;
  std::optional<SecretFile> file_;
};

// The webhook on standard output with its secret: as a line of a table, or as a document (to which
// `more` may add members); or the secret alone, or in a file, as `output` says.
Status write_new_secret(Context& context, const Endpoint& endpoint, const std::string& secret,
                        SecretOutput& output, const std::function<void(JsonWriter&)>& more = {});

// On standard error: to store it now, or where it is.
void tell_to_store_secret(Context& context, const Endpoint& endpoint, SecretOutput& output);

}  // namespace thig

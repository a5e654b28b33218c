// A new secret is shown once, or kept in a file.
#pragma once

#include "cli/app/context.h"
#include "cli/files/secret_file.h"
#include "core/base/json.h"
#include "core/model/change_result.h"
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

// A webhook that has just got a secret, or a URL that nobody can guess.
struct NewSecret {
  std::string kind;  // as the document calls it: "secret", "url"
  std::string secret;
  std::string name;
  std::string id;
  ChangeResult result = ChangeResult::created;
  std::function<void(JsonWriter&)> write_webhook;    // the members of its document
  std::function<void(JsonWriter&)> write_more = {};  // behind the secret
};
// The webhook on standard output with its secret: as a line of a table, or as a document; or the
// secret alone, or in a file, as `output` says.
Status write_once(Context& context, const NewSecret& fresh, SecretOutput& output);

// The same of an outgoing webhook; `more` may add members to its document.
Status write_new_secret(Context& context, const Endpoint& endpoint, const std::string& secret,
                        SecretOutput& output, ChangeResult result,
                        const std::function<void(JsonWriter&)>& more = {});

// For --if-absent: whether there is a webhook of that name, and if so, that is said, with its
// secret (or URL), which `reveal` looks up, where `output` asks for that alone.
template <class Webhook, class Reveal>
Result<bool> answer_if_there(Context& context, const Result<Webhook>& found, SecretOutput& output,
                             Reveal reveal) {
  if (!found && found.error().code == ErrorCode::not_found) return false;
  if (!found) return std::unexpected(found.error());
  if (output.wants_existing()) {
    THIG_TRY_ASSIGN(secret, reveal(to_text(found->id)));
    THIG_TRY(output.write(context, secret));
  }
  if (!output.printed_alone()) print_if_json(context, *found, ChangeResult::unchanged);
  context.note("unchanged: " + found->name + " (" + to_text(found->id) + ") already exists");
  return true;
}

// On standard error: to store it now, or where it is.
void tell_to_store_secret(Context& context, const Endpoint& endpoint, SecretOutput& output);

}  // namespace thig

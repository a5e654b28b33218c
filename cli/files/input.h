// Data and secrets that are given in files or on standard input.
#pragma once

#include "cli/app/context.h"
#include "cli/flags/flags.h"
#include "core/base/file_descriptor.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

// Data that a command is told to read: whatever the user can read, pipes and `<(…)` too, which are
// waited for. `file` if it cannot be opened. `flag` is for messages.
Result<FileDescriptor> open_input(const std::string& file, const std::string& flag);

// The bytes of a file, or of standard input for "-". `file` if they cannot be read, `invalid` if
// there are more than `most`, `usage` if standard input is a terminal.
Result<std::string> read_input(Context& context, const std::string& file, std::size_t most,
                               const std::string& flag);

// The same for secrets, certificates and keys: of a file that other users cannot write, and that is
// no pipe somebody has put there (base/safe_file.h).
Result<std::string> read_trusted_input(Context& context, const std::string& file, std::size_t most,
                                       const std::string& flag);

// The value of a --data flag: JSON itself, @FILE, or "-". Of what is read the line end at the end
// is not part: editors and `echo` put it there, and it would be signed.
Result<std::string> read_data_argument(Context& context, const std::string& value,
                                       std::size_t most);

// How a secret can be given.
struct SecretFlags {
  std::optional<std::string> value;  // --secret
  std::optional<std::string> file;   // --secret-file

  void declare(Flags& flags);
};

// The flags beat THIG_HOOKS_SECRET; nothing if none is given. One line end at the end of a file is
// not part of the secret. Warns of --secret.
Result<std::optional<std::string>> read_secret(Context& context, const SecretFlags& flags);

// How several secrets can be given.
struct SecretListFlags {
  std::vector<std::string> values;  // --secret
  std::vector<std::string> files;   // --secret-file

  void declare(Flags& flags);
};

// Each a line of a file, in their order; else THIG_HOOKS_SECRET. `usage` if none is given,
// `invalid` for one that is no secret, or more than 100. Warns of --secret.
Result<std::vector<std::string>> read_secrets(Context& context, const SecretListFlags& flags);

}  // namespace thig

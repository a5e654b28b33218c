#include "cli/files/input.h"

#include "core/base/codec.h"
#include "core/base/safe_file.h"
#include "core/rules/secret.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr std::size_t longest_secret_file = 4096;
constexpr std::size_t longest_secret_list = 128u << 10;
constexpr std::size_t most_secrets = 100;

std::string size_text(std::size_t bytes) {
  constexpr std::size_t mebibyte = 1u << 20;
  return bytes % mebibyte == 0 ? fmt::format("{} MiB", bytes / mebibyte)
                               : fmt::format("{} bytes", bytes);
}

Result<std::string> read_all(int fd, const std::string& name, std::size_t most,
                             const std::string& flag) {
  std::string bytes;
  std::string chunk(64u << 10, '\0');
  for (;;) {
    const ssize_t count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) return fail(ErrorCode::interrupted, "interrupted");
    if (count < 0) {
      return fail(ErrorCode::file,
                  fmt::format("{}: cannot read {}: {}", flag, name, std::strerror(errno)));
    }
    if (count == 0) return bytes;
    bytes.append(chunk.data(), static_cast<std::size_t>(count));
    if (bytes.size() > most) {
      return fail(ErrorCode::invalid,
                  fmt::format("{}: {} is larger than {}", flag, name, size_text(most)));
    }
  }
}

constexpr const char* file_help = "Read the signing secret from a file; - for standard input";
constexpr const char* value_help =
    "Signing secret; every user of this machine can see it in the process list, so use "
    "--secret-file or $THIG_HOOKS_SECRET instead";

void warn_of_secret_flag(Context& context) {
  context.warn(
      "--secret exposes the secret in the process list and in your shell history; use "
      "--secret-file or THIG_HOOKS_SECRET instead");
}

std::optional<std::string> secret_of_environment(Context& context) {
  auto variable = context.environment().get("THIG_HOOKS_SECRET");
  if (variable) context.explain("using the secret from THIG_HOOKS_SECRET");
  return variable;
}

// The lines of a secret file that are not empty.
Status append_secrets(std::vector<std::string>& secrets, std::string_view text,
                      const std::string& file) {
  const std::size_t before = secrets.size();
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) secrets.emplace_back(line);
  }
  if (secrets.size() > before) return {};
  return fail(ErrorCode::invalid, fmt::format("--secret-file: {} is empty", file));
}

}  // namespace

Result<FileDescriptor> open_input(const std::string& file, const std::string& flag) {
  FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd) return fd;
  return fail(ErrorCode::file,
              fmt::format("{}: cannot open {}: {}", flag, file, std::strerror(errno)));
}

namespace {

// What the shell or the caller has opened for us, as `<(pass show crm)` does, is nobody else's.
bool is_descriptor_of_ours(std::string_view file) {
  return file == "/dev/stdin" || file.starts_with("/dev/fd/") || file.starts_with("/proc/self/fd/");
}

Result<FileDescriptor> open_trusted(const std::string& file, const std::string& flag) {
  if (is_descriptor_of_ours(file)) return open_input(file, flag);
  auto opened = open_to_read(file);
  if (!opened) opened.error().text = fmt::format("{}: {}", flag, opened.error().text);
  return opened;
}

Result<std::string> read_from(Context& context, const std::string& file, std::size_t most,
                              const std::string& flag,
                              Result<FileDescriptor> (*open_it)(const std::string&,
                                                                const std::string&)) {
  if (file == "-") {
    if (context.in_terminal()) {
      context.want_help();
      return fail(ErrorCode::usage, fmt::format("{}: standard input is a terminal", flag),
                  "pipe the data in, or name a file");
    }
    return read_all(context.in(), "standard input", most, flag);
  }
  THIG_TRY_ASSIGN(opened, open_it(file, flag));
  return read_all(opened.get(), file, most, flag);
}

}  // namespace

Result<std::string> read_input(Context& context, const std::string& file, std::size_t most,
                               const std::string& flag) {
  return read_from(context, file, most, flag, open_input);
}

Result<std::string> read_trusted_input(Context& context, const std::string& file, std::size_t most,
                                       const std::string& flag) {
  return read_from(context, file, most, flag, open_trusted);
}

Result<std::string> read_data_argument(Context& context, const std::string& value,
                                       std::size_t most) {
  const bool from_file = value.starts_with('@');
  if (value != "-" && !from_file) return value;
  THIG_TRY_ASSIGN(text, read_input(context, from_file ? value.substr(1) : value, most, "--data"));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

namespace {

// The secret itself in place of its file's name is a slip that is easily made.
Result<std::string> read_secret_file(Context& context, const std::string& file, std::size_t most) {
  auto text = read_trusted_input(context, file, most, "--secret-file");
  // Of one that is there the error says what is wrong with it.
  if (text || text.error().code != ErrorCode::file || access(file.c_str(), F_OK) == 0) return text;
  Error error = std::move(text).error();
  error.hint =
      "pass the name of a file that contains the secret, or - for standard input; "
      "THIG_HOOKS_SECRET takes the secret itself";
  return std::unexpected(std::move(error));
}

}  // namespace

void SecretFlags::declare(Flags& flags) {
  flags.text("--secret-file", "FILE", file, file_help);
  flags.text("--secret", "VALUE", value, value_help);
}

Result<std::optional<std::string>> read_secret(Context& context, const SecretFlags& flags) {
  if (flags.value && flags.file) {
    return fail(ErrorCode::usage, "--secret and --secret-file cannot be combined");
  }
  if (flags.value) {
    warn_of_secret_flag(context);
    return flags.value;
  }
  if (!flags.file) return secret_of_environment(context);
  THIG_TRY_ASSIGN(secret, read_secret_file(context, *flags.file, longest_secret_file));
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) {
    return fail(ErrorCode::invalid, fmt::format("--secret-file: {} is empty", *flags.file));
  }
  return std::optional(std::move(secret));
}

void SecretListFlags::declare(Flags& flags) {
  flags.texts("--secret-file", "FILE", files,
              "Read secrets from a file, one per line; - for standard input");
  flags.texts("--secret", "VALUE", values, value_help);
}

Result<std::vector<std::string>> read_secrets(Context& context, const SecretListFlags& flags) {
  std::vector<std::string> secrets = flags.values;
  if (!secrets.empty()) warn_of_secret_flag(context);
  for (const std::string& file : flags.files) {
    THIG_TRY_ASSIGN(text, read_secret_file(context, file, longest_secret_list));
    THIG_TRY(append_secrets(secrets, text, file));
    wipe(text);
  }
  if (secrets.empty()) {
    if (auto variable = secret_of_environment(context)) secrets.push_back(std::move(*variable));
  }
  if (secrets.empty()) {
    return fail(ErrorCode::usage, "no secret given",
                "pass the secret with --secret-file FILE, or in THIG_HOOKS_SECRET");
  }
  if (secrets.size() > most_secrets) {
    return fail(ErrorCode::invalid, fmt::format("more than {} secrets", most_secrets));
  }
  for (const std::string& secret : secrets) THIG_TRY(check_secret(secret));
  return secrets;
}

}  // namespace thig

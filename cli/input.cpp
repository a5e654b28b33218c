#include "cli/input.h"

#include "core/store/private_folder.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr std::size_t longest_secret_file = 4096;
constexpr std::size_t longest_pem_file = 1u << 20;

// A file that is open; standard input is not ours to close.
class Source {
 public:
  explicit Source(int fd, bool owned) : fd_(fd), owned_(owned) {}
  ~Source() {
    if (owned_) close(fd_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
  bool owned_;
};

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
    const ssize_t count = read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) return fail(ErrorCode::interrupted, "interrupted");
    if (count < 0) {
      return fail(ErrorCode::file,
                  fmt::format("{}: cannot read {}: {}", flag, name, std::strerror(errno)));
    }
    if (count == 0) return bytes;
    bytes.append(chunk.data(), static_cast<std::size_t>(count));
    if (bytes.size() > most) {
      return fail(ErrorCode::invalid,
                  fmt::format("{}: {} is longer than {}", flag, name, size_text(most)));
    }
  }
}

}  // namespace

Result<std::string> read_input(Context& context, const std::string& file, std::size_t most,
                               const std::string& flag) {
  if (file == "-") {
    if (context.in_terminal()) {
      context.want_help();
      return fail(
          ErrorCode::usage,
          fmt::format("{}: standard input is a terminal, so there is nothing to read", flag),
          "pipe it in, or name a file");
    }
    return read_all(context.in(), "standard input", most, flag);
  }
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(ErrorCode::file,
                fmt::format("{}: cannot open {}: {}", flag, file, std::strerror(errno)));
  }
  const Source source(fd, true);
  return read_all(source.fd(), file, most, flag);
}

Result<std::string> read_data_argument(Context& context, const std::string& value,
                                       std::size_t most) {
  if (value == "-") return read_input(context, "-", most, "--data");
  if (value.starts_with('@')) return read_input(context, value.substr(1), most, "--data");
  return value;
}

void SecretFlags::declare(Flags& flags) {
  flags.text("--secret-file", "FILE", file,
             "Read the signing secret from a file, or from standard input with -");
  flags.text("--secret", "VALUE", value,
             "The signing secret itself; every user of this machine can see it in the list of "
             "processes, so better use --secret-file or $THIG_HOOKS_SECRET");
}

Result<std::optional<std::string>> read_secret(Context& context, const SecretFlags& flags) {
  if (flags.value && flags.file) {
    return fail(ErrorCode::usage, "--secret and --secret-file exclude each other");
  }
  if (flags.value) {
    context.warn(
        "--secret shows the secret to every user of this machine in the list of processes, and to "
        "your shell's history; --secret-file or THIG_HOOKS_SECRET do not");
    return flags.value;
  }
  if (!flags.file) {
    auto variable = context.environment().get("THIG_HOOKS_SECRET");
    if (variable) context.explain("the secret is taken from THIG_HOOKS_SECRET");
    return variable;
  }
  THIG_TRY_ASSIGN(secret, read_input(context, *flags.file, longest_secret_file, "--secret-file"));
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) {
    return fail(ErrorCode::invalid, fmt::format("--secret-file: {} is empty", *flags.file));
  }
  return std::optional(std::move(secret));
}

Result<std::string> check_pem_file(const std::string& file, std::string_view kind,
                                   const std::string& flag) {
  const std::string path = absolute_path(file);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(ErrorCode::file,
                fmt::format("{}: cannot open {}: {}", flag, path, std::strerror(errno)));
  }
  const Source source(fd, true);
  THIG_TRY_ASSIGN(text, read_all(source.fd(), path, longest_pem_file, flag));
  // "BEGIN EC PRIVATE KEY" and "BEGIN TRUSTED CERTIFICATE" are good too.
  for (auto begin = text.find("-----BEGIN "); begin != text.npos;
       begin = text.find("-----BEGIN ", begin + 1)) {
    const auto end_of_label = text.find("-----", begin + 11);
    if (end_of_label == text.npos) break;
    const std::string_view label =
        std::string_view(text).substr(begin + 11, end_of_label - begin - 11);
    if (label.ends_with(kind)) return path;
  }
  return fail(ErrorCode::invalid, fmt::format("{}: {} holds no {} in PEM form", flag, path, kind),
              fmt::format("a PEM file has a line \"-----BEGIN {}-----\"", kind));
}

}  // namespace thig

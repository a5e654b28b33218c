#include "cli/config/config_file.h"

#include "core/base/safe_file.h"
#include "core/documents/object_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {
namespace {

constexpr std::size_t most_bytes = 64u << 10;
constexpr int deepest = 8;

std::unexpected<Error> cannot_read(const std::string& file, int error) {
  return fail(ErrorCode::file, fmt::format("cannot read {}: {}", file, std::strerror(error)),
              "--config FILE replaces both the user's and the system's configuration file");
}

// Nothing if there is no such file.
Result<std::optional<std::string>> read_text(const std::string& file) {
  if (file == "/dev/null") return std::nullopt;  // stands for no file at all
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return cannot_read(file, errno);
  }
  if (S_ISDIR(status.st_mode)) return cannot_read(file, EISDIR);
  if (!S_ISREG(status.st_mode)) {
    return fail(
        ErrorCode::file, fmt::format("{} is not a regular file", file),
        "the configuration is read more than once, so it must be a regular file, not a pipe");
  }
  // It names the database and the key.
  THIG_TRY_ASSIGN(fd, open_to_trust(file, FileOwner::self()));
  auto text = read_whole(fd.get(), file, most_bytes);
  if (text || text.error().code != ErrorCode::invalid) return text;
  return fail(ErrorCode::file,
              fmt::format("{} is not a configuration file: it is larger than {} KiB", file,
                          most_bytes >> 10));
}

class Reader {
 public:
  Reader(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  Result<std::vector<FileSetting>> read() {
    if (auto checked = check_json(text_, {.bytes = most_bytes, .depth = deepest}); !checked) {
      return fail(ErrorCode::usage, fmt::format("{}: {}", file_, checked.error().text),
                  R"(expected format: {"database": "/srv/hooks.db", "run": {"maxInFlight": 512}})");
    }
    if (json_kind(text_) != JsonKind::object) {
      return wrong(text_, "a configuration file must be a JSON object: {…}");
    }
    THIG_TRY(read_object(text_, ""));
    return std::move(settings_);
  }

 private:
  Status read_object(std::string_view object, const std::string& prefix) {
    for (const JsonMember& member : json_members(object)) {
      const std::string key = prefix + member.name;
      const JsonKind kind = json_kind(member.value);
      if (kind == JsonKind::object) {
        THIG_TRY(read_object(member.value, key + "."));
        continue;
      }
      if (kind == JsonKind::null) {
        return wrong(
            member.value,
            fmt::format(
                "{}: a value must be a string, a number, true or false, or a list of strings",
                key));
      }
      FileSetting setting = at(member.value, key, kind);
      if (kind == JsonKind::array) THIG_TRY(read_list(member.value, setting));
      THIG_TRY(add(std::move(setting)));
    }
    return {};
  }

  FileSetting at(std::string_view value, const std::string& key, JsonKind kind) const {
    return {.key = key,
            .value = json_text(value).value_or(std::string(value)),
            .kind = kind,
            .file = file_,
            .line = json_line(text_, value)};
  }

  Status read_list(std::string_view array, FileSetting& list) {
    list.value.clear();
    for (const std::string_view element : json_elements(array)) {
      FileSetting part = at(element, list.key, json_kind(element));
      if (part.kind != JsonKind::string || part.value.empty() || part.value.contains(',')) {
        return wrong(element, fmt::format("{}: a list must contain strings, each without a comma",
                                          list.key));
      }
      if (!list.parts.empty()) list.value += ',';
      list.value += part.value;
      list.parts.push_back(std::move(part));
    }
    return {};
  }

  Status add(FileSetting setting) {
    const auto before = std::ranges::find(settings_, setting.key, &FileSetting::key);
    if (before != settings_.end()) {
      return fail(ErrorCode::usage, fmt::format("{}: {} is set twice, also on line {}",
                                                setting.where(), setting.key, before->line));
    }
    settings_.push_back(std::move(setting));
    return {};
  }

  std::unexpected<Error> wrong(std::string_view at, std::string_view text, Remark hint = {}) {
    return fail(ErrorCode::usage, fmt::format("{}:{}: {}", file_, json_line(text_, at), text),
                std::move(hint));
  }

  const std::string& file_;
  std::string_view text_;
  std::vector<FileSetting> settings_;
};

}  // namespace

std::string FileSetting::where() const {
  return fmt::format("{}:{}", file, line);
}

Result<std::optional<std::vector<FileSetting>>> read_config_file(const std::string& file) {
  THIG_TRY_ASSIGN(text, read_text(file));
  if (!text) return std::nullopt;
  THIG_TRY_ASSIGN(settings, Reader(file, *text).read());
  return settings;
}

}  // namespace thig

// One configuration file as it is written; what its keys mean is settings.h's business.
#pragma once

#include "core/base/error.h"
#include "core/base/json.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

struct FileSetting {
  std::string key;  // of nested objects: "run.maxInFlight"
  // A text decoded, a number or boolean as it is written, of a list of texts all with commas
  // between.
  std::string value;
  JsonKind kind = JsonKind::string;
  std::string file;
  int line = 1;
  std::vector<FileSetting> parts{};  // of a list: each text by itself, where it stands

  // "/etc/thig-hooks/config.json:3".
  std::string where() const;
};

// Nothing if there is no such file. `file` if it cannot be read, is no regular file, is over 64
// KiB, or may be written by everyone: it names the database and the key. `usage`, with the line, if
// it is no JSON object of texts, numbers, booleans, lists of texts and objects of these, or says
// something twice.
Result<std::optional<std::vector<FileSetting>>> read_config_file(const std::string& file);

}  // namespace thig

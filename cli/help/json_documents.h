// What each command prints with --json: which of the documents of core/api/schemas.
#pragma once

#include <span>
#include <string_view>

namespace thig {

struct JsonDocument {
  std::string_view command;  // "add outgoing"
  std::string_view schema;   // "added"
  std::string_view when;     // "with --dry-run"; empty: otherwise
  bool lines = false;        // one document per line
};

// By command, in the order of their table.
std::span<const JsonDocument> json_documents();

}  // namespace thig

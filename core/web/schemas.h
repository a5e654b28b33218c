// The JSON schemas of documents (core/api/schemas), compiled in.
#pragma once

#include <span>
#include <string_view>

namespace thig {

struct Schema {
  std::string_view name;  // of its file: "webhook"
  std::string_view text;  // JSON; a "$ref" in it is the name of another one
};

// By name.
std::span<const Schema> schemas();
// Empty if there is none of that name.
std::string_view schema_text(std::string_view name);

}  // namespace thig

// What a change came to, as a member of the document that it answers.
#pragma once

#include "core/base/json.h"
#include "core/model/change_result.h"

namespace thig {

inline void write_result(JsonWriter& json, ChangeResult result) {
  json.key("result").text(to_text(result));
}

}  // namespace thig

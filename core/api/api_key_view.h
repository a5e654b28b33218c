// API keys as documents; never the key itself but where it has just been made.
#pragma once

#include "core/base/json.h"
#include "core/model/api_key.h"
#include "core/model/change_result.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

// "enabled", "disabled", "expired".
std::string_view state_of(const ApiKey& key, Time now);

// The members of an object, without its braces.
void write_api_key(JsonWriter& json, const ApiKey& key, Time now);
std::string api_key_document(const ApiKey& key, Time now);
// As it is after a change of it.
std::string api_key_document(const ApiKey& key, Time now, ChangeResult result);
std::string api_keys_document(std::span<const ApiKey> keys, Time now);

}  // namespace thig

// A new secret is shown once.
#pragma once

#include "cli/context.h"
#include "core/base/json.h"
#include "core/model/endpoint.h"

#include <functional>
#include <string>

namespace thig {

// Whether --print-secret can be had; `usage` beside --json.
Status check_print_secret(const Context& context, bool print_secret);

// The webhook and its secret on standard output: as a line of a table, as a document (to which
// `more` may add members), or with `print_secret` nothing but the secret.
void write_new_secret(Context& context, const Endpoint& endpoint, const std::string& secret,
                      bool print_secret, const std::function<void(JsonWriter&)>& more = {});

// On standard error: to store it now.
void tell_to_store_secret(Context& context, const Endpoint& endpoint);

}  // namespace thig

// An incoming webhook, and what came in, as lists and single views show them.
#pragma once

#include "cli/app/context.h"
#include "cli/app/exit_code.h"
#include "cli/views/detail.h"
#include "cli/views/render.h"
#include "cli/views/secret_view.h"
#include "core/api/incoming_view.h"

#include <functional>
#include <string>

namespace thig {

void add_incoming(Detail& detail, const IncomingHook& hook);
// With --json: the webhook as one document on stdout, as after a change of it.
void print_if_json(Context& context, const IncomingHook& hook, ChangeResult result);

// "create-project", "emit deploy.done", "run /usr/local/bin/deploy".
std::string describe_action(const IncomingAction& action);
Style style_of(RequestState state);

// The webhook on standard output with its URL: as a line of a table, or as a document; or the URL
// alone, or in a file, as `output` says. `more` adds members to the document.
Status write_new_url(Context& context, const IncomingHook& hook, const std::string& url,
                     SecretOutput& output, ChangeResult result,
                     const std::function<void(JsonWriter&)>& more = {});

}  // namespace thig

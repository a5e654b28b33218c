// A webhook as lists and single views show it.
#pragma once

#include "cli/app/context.h"
#include "cli/views/render.h"
#include "core/api/webhook_view.h"

#include <span>
#include <string>
#include <vector>

namespace thig {

// Whether several webhooks were asked for: then a document is a list, whatever was found.
bool names_several(const std::vector<std::string>& words);
// With --json: the document of the one that was named, or the list of all.
void print_documents(Context& context, const std::vector<std::string>& words,
                     const std::vector<std::string>& documents);

// With --json: the webhook as one document on stdout, as after a change of it.
void print_if_json(Context& context, const Endpoint& endpoint, ChangeResult result);

// "enabled", "disabled", "failing" with the colour it deserves.
Cell state_cell(WebhookStatus status);
// Why it is disabled and since when, or since when it fails; empty if all is well.
std::string describe_trouble(const SummaryView& view, Time now);

std::string join(std::span<const std::string> parts, std::string_view separator);

}  // namespace thig

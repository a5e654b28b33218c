// Webhooks of either kind with what is known of them.
#pragma once

#include "core/api/incoming_view.h"
#include "core/api/operator.h"
#include "core/api/webhook_view.h"
#include "core/base/error.h"
#include "core/setup/incoming_webhooks.h"
#include "core/store/store.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// All of a kind, by name, with their figures.
Result<std::vector<WebhookView>> list_webhooks(Store& store);
// The same in short, at two thirds of the cost.
Result<std::vector<SummaryView>> summarize_webhooks(Store& store);
// Of these, in their order, without those that are gone: for a page of a list.
Result<std::vector<WebhookView>> list_webhooks(Store& store, std::span<const EndpointId> ids);
Result<std::vector<SummaryView>> summarize_webhooks(Store& store, std::span<const EndpointId> ids);
Result<std::vector<IncomingView>> list_incoming_webhooks(Store& store);
// Puts their healths beside those that fail.
Status add_healths(Store& store, std::vector<SummaryView>& views);

// Whether a word stands for all webhooks that it matches, as a shell's pattern does: 'shop-*'.
bool is_webhook_pattern(std::string_view word);
bool matches_pattern(const std::string& pattern, const std::string& name);
// Webhooks of either kind as people name several: by name, id or pattern. Each once, as they are
// named; those of a pattern by name. `not_found` for a name, or a pattern that matches none.
Result<std::vector<AnyWebhook>> find_webhooks(Store& store, std::span<const std::string> words);

// Which outgoing webhooks somebody looks for.
class WebhookSearch {
 public:
  WebhookSearch() = default;  // for all
  // `text`: a part of the name or URL, in either case; `event`: a type that it gets. Empty: any.
  WebhookSearch(std::string_view text, std::string event);
  bool finds(const EndpointSummary& endpoint) const;
  // Whether it looks at events, which may then not be left out.
  bool looks_at_events() const { return !event_.empty(); }

 private:
  std::string text_;  // in lower case
  std::string event_;
};

struct WebhookDetails {
  WebhookView view;
  SecretParts parts = SecretParts::hidden;  // whether the secrets may be shown
  Result<std::vector<Secret>> secrets{};    // those that sign; `key` where they cannot be read
};
// `revealing`: who is to see the secrets, if anybody. Needs Owner or Admin (`not_permitted`), and
// is noted in the trail of changes.
Result<WebhookDetails> read_webhook(Store& store, Endpoint endpoint, Time now,
                                    const std::optional<Operator>& revealing);
// Without `revealing`: no tokens, no secrets.
Result<IncomingDetails> read_incoming_webhook(Store& store, const IncomingHook& hook,
                                              const std::optional<Operator>& revealing);

}  // namespace thig

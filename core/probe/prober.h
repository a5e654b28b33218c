// One signed sample, sent as a delivery is: the same request, the same sender, the same checks. For
// `test`.
#pragma once

#include "core/base/random.h"
#include "core/base/waker.h"
#include "core/dispatch/request.h"
#include "core/model/event.h"
#include "core/net/sender.h"
#include "core/store/config_store.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

inline constexpr std::string_view test_event_type = "webhook.test";

// What a signature of the request is made over.
struct SignedText {
  std::string signature;  // "v1", "t1", "thig"
  std::string text;
};

struct Probe {
  DeliveryId id;
  Event event;
  std::vector<Header> headers;
  std::vector<SignedText> signed_texts;
  std::shared_ptr<const SendTarget> target;
};

// What a test of that type tells: the data that is given, checked; else a sample. `config` knows
// the organisation's own types; without it only the built-in ones exist. `not_found` for an unknown
// type, `invalid` for data that cannot be an event's.
Result<std::string> test_data(ConfigStore* config, const Endpoint& endpoint, std::string_view type,
                              const std::optional<std::string>& given);

// An event that is recorded nowhere, with ids as if it were: for a URL that is no webhook's, and
// for a dry run.
Event unrecorded_event(std::string_view type, std::string_view data, Time now, Random& random);

// A webhook as a test needs it: with the values of its extra headers, and the keys that sign. Needs
// Owner or Admin (`not_permitted`); its TLS files can be used. Errors as of find_webhook and
// check_tls_files; `key` if its secrets cannot be read.
struct TestedWebhook {
  Endpoint endpoint;
  std::vector<SigningKey> keys;
};
Result<TestedWebhook> webhook_to_test(ConfigStore& config, const Member& actor,
                                      std::string_view name_or_id, Time now);

// `keys` as in rules/signing.h.
Probe make_probe(const Endpoint& endpoint, std::span<const SigningKey> keys, Event event, Time now);

// As a sender takes it, with all that is seen on the way; the ticket comes back with its outcome.
SendRequest probe_request(const Probe& probe, std::uint64_t ticket);

// Sends it and waits for its outcome, with all that was seen on the way. The sender must wake
// `waker` when it has something to give. Interrupted once `stop` is set.
Finished send_probe(const Probe& probe, Sender& sender, Waker& waker,
                    const std::atomic<bool>& stop);

}  // namespace thig

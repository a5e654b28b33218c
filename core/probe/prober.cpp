#include "core/probe/prober.h"

#include "core/base/json.h"
#include "core/dispatch/emitter.h"
#include "core/dispatch/router.h"
#include "core/rules/access.h"
#include "core/rules/scheme.h"
#include "core/rules/signing.h"
#include "core/setup/webhooks.h"

#include <algorithm>

namespace thig {
namespace {

constexpr Millis look_at_stop{500};
constexpr int origin_bits = 10;

std::vector<SignedText> signed_texts_of(const Endpoint& endpoint, const Probe& probe, Time now) {
  const std::string id = to_text(probe.id);
  const std::string timestamp = std::to_string(to_unix_seconds(now));
  const SignedMessage message{
      .id = id, .timestamp = timestamp, .url = {}, .body = probe.event.body};
  std::vector<SignedText> texts;
  for (const Scheme* scheme : delivery_schemes(endpoint.signature)) {
    texts.push_back({.signature = scheme->variant == "bare" ? scheme->name : scheme->variant,
                     .text = SignedContent(scheme->content, message).joined()});
  }
  return texts;
}

// As the catalogue has it, but it names this webhook, if it is one.
std::string greeting(const Endpoint& endpoint) {
  JsonWriter json;
  json.begin_object();
  if (!endpoint.name.empty()) {
    json.key("webhookId").text(to_text(endpoint.id)).key("name").text(endpoint.name);
  }
  json.key("message").text("This is a test. No action is needed.").end_object();
  return json.take();
}

Result<std::vector<EventType>> known_types(ConfigStore* config) {
  if (config == nullptr) {
    const auto builtin = event_catalog();
    return std::vector<EventType>(builtin.begin(), builtin.end());
  }
  return known_event_types(*config);
}

}  // namespace

Result<std::string> test_data(ConfigStore* config, const Endpoint& endpoint, std::string_view type,
                              const std::optional<std::string>& given) {
  THIG_TRY_ASSIGN(types, known_types(config));
  const auto found = std::ranges::find(types, type, &EventType::name);
  if (found == types.end()) {
    return said_of("event", Result<std::string>(std::unexpected(unknown_event_type(type, types))));
  }
  if (given) {
    THIG_TRY(said_of("data", check_event_data(type, *given)));
    return *given;
  }
  return type == test_event_type ? greeting(endpoint) : found->sample;
}

Event unrecorded_event(std::string_view type, std::string_view data, Time now, Random& random) {
  const EventId id = next_event_id({}, now, static_cast<int>(random.bits(origin_bits)));
  return {.id = id, .type = std::string(type), .body = event_body(id, type, now, data)};
}

Result<TestedWebhook> webhook_to_test(ConfigStore& config, const Member& actor,
                                      std::string_view name_or_id, Time now) {
  THIG_TRY(check_access(actor, Action::test));
  THIG_TRY_ASSIGN(endpoint, find_webhook(config, name_or_id));
  THIG_TRY(config.open_headers(endpoint));
  THIG_TRY(check_tls_files(tls_files(endpoint)));
  THIG_TRY_ASSIGN(secrets, config.secrets(endpoint.id, now));
  if (secrets.empty()) return fail(ErrorCode::key, "the webhook has no secret");
  TestedWebhook tested{.endpoint = std::move(endpoint), .keys = {}};
  for (const Secret& secret : secrets) tested.keys.push_back(signing_key(secret.text));
  return tested;
}

Probe make_probe(const Endpoint& endpoint, std::span<const SigningKey> keys, Event event,
                 Time now) {
  Probe probe{.id = {event.id, endpoint.id},
              .event = std::move(event),
              .headers = {},
              .signed_texts = {},
              .target = send_target(endpoint)};
  probe.headers = delivery_headers(endpoint, keys, probe.id, probe.event.body, now);
  probe.signed_texts = signed_texts_of(endpoint, probe, now);
  return probe;
}

SendRequest probe_request(const Probe& probe, std::uint64_t ticket) {
  return {.ticket = ticket,
          .target = probe.target,
          .headers = probe.headers,
          .body = std::make_shared<const std::string>(probe.event.body),
          .observe = true};
}

Finished send_probe(const Probe& probe, Sender& sender, Waker& waker,
                    const std::atomic<bool>& stop) {
  sender.start(probe_request(probe, 1));
  std::vector<Finished> finished;
  for (bool interrupted = false;;) {
    sender.take(finished);
    if (!finished.empty()) return std::move(finished.front());
    if (stop && !interrupted) {
      sender.interrupt();
      interrupted = true;
    }
    waker.wait(look_at_stop);
  }
}

}  // namespace thig

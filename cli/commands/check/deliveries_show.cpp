#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/views/delivery_view.h"
#include "cli/views/detail.h"
#include "core/base/codec.h"
#include "core/dispatch/request.h"
#include "core/rules/explain.h"

#include <fmt/format.h>

namespace thig {
namespace {

// A delivery with all that is needed to tell of it.
struct Story {
  Timeline timeline;
  Endpoint endpoint;
  std::string why;
  std::vector<SigningKey> keys;  // empty if they cannot be read
};

Result<std::vector<SigningKey>> signing_keys(Context& context, Store& store, EndpointId endpoint) {
  std::vector<SigningKey> keys;
  auto secrets = store.config().secrets(endpoint, context.now());
  if (!secrets && secrets.error().code == ErrorCode::key) {
    context.note("signatures are left out: " + secrets.error().text);
    return keys;
  }
  if (!secrets) return std::unexpected(std::move(secrets).error());
  for (Secret& secret : *secrets) {
    keys.push_back(signing_key(secret.text));
    wipe(secret.text);
  }
  return keys;
}

class DeliveriesShow final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Its event, its state and why, the exact body, and every attempt with what came of it: the "
        "request's headers, made again from the webhook's settings as they are now, and the first "
        "headers and the first of the body of an answer that was not 2xx.");
    flags.example("thig-hooks deliveries show dlv_0nvpz4gk204001x2y3z4w",
                  "Learn why something was not delivered");
    flags.example("thig-hooks deliveries show dlv_0nvpz4gk204001x2y3z4w --json | jq -r .body",
                  "Get the exact bytes of the body");
    flags.positional("DLV", id_, "A delivery id: the webhook-id header that the receiver got");
  }

  Result<ExitCode> run(Context& context) override {
    const auto id = parse_delivery_id(id_);
    if (!id) {
      return fail(ErrorCode::not_found, fmt::format("there is no delivery \"{}\"", id_),
                  "`thig-hooks deliveries` lists them; they start with dlv_");
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::read));
    THIG_TRY_ASSIGN(story, read(context, *store, *id));
    if (context.json()) {
      write_json(context, story);
    } else {
      write_text(context, story);
    }
    tell_of_changes(context, story);
    return ExitCode::done;
  }

 private:
  static Result<Story> read(Context& context, Store& store, DeliveryId id) {
    Story story;
    THIG_TRY_ASSIGN(timeline, store.history().timeline(id));
    story.timeline = std::move(timeline);
    THIG_TRY_ASSIGN(endpoint, store.config().find_endpoint(to_text(id.endpoint)));
    story.endpoint = std::move(endpoint);
    THIG_TRY_ASSIGN(health, store.queue().health(id.endpoint));
    story.why = why(story.timeline.delivery, story.endpoint, health, context.now());
    if (story.timeline.attempts.empty()) return story;
    THIG_TRY_ASSIGN(keys, signing_keys(context, store, id.endpoint));
    story.keys = std::move(keys);
    return story;
  }

  static std::vector<ShownHeader> request_headers(const Story& story, const Attempt& attempt) {
    return shown_headers(story.endpoint, story.keys, story.timeline.delivery.id,
                         story.timeline.body, attempt.started_at);
  }

  static bool changed_since(const Story& story, const Attempt& attempt) {
    return story.endpoint.updated_at > attempt.started_at;
  }

  static void tell_of_changes(Context& context, const Story& story) {
    for (const Attempt& attempt : story.timeline.attempts) {
      if (!changed_since(story, attempt)) continue;
      context.note(fmt::format(
          "the webhook was changed at {}, after an attempt: what was sent then may have had other "
          "headers than are shown",
          format_rfc3339(story.endpoint.updated_at)));
      return;
    }
  }

  static void write_json(Context& context, const Story& story) {
    JsonWriter json;
    json.begin_object();
    write_delivery(json, story.timeline.delivery);
    json.key("why").text(story.why).key("url").text(story.endpoint.url);
    json.key("attempts").begin_array();
    for (const Attempt& attempt : story.timeline.attempts) {
      write_attempt(json, attempt, [&](JsonWriter& more) {
        more.key("requestHeaders").begin_array();
        for (const ShownHeader& header : request_headers(story, attempt)) {
          more.begin_object().key("name").text(header.name).key("value");
          header.value ? more.text(*header.value) : more.null();
          more.end_object();
        }
        more.end_array().key("webhookChangedSince").boolean(changed_since(story, attempt));
      });
    }
    json.end_array().key("body").text(story.timeline.body).end_object();
    context.out().line(json.take());
  }

  static void write_text(Context& context, const Story& story) {
    const Delivery& delivery = story.timeline.delivery;
    Detail detail(context.for_eyes(), context.out_colour(), context.now());
    detail.add("delivery", to_text(delivery.id));
    detail.add("event", fmt::format("{} ({})", delivery.event_type, to_text(delivery.id.event)));
    detail.add("emitted", time_of(delivery.id.event));
    detail.add("webhook",
               fmt::format("{} ({})", delivery.endpoint_name, to_text(delivery.id.endpoint)));
    detail.add("url", story.endpoint.url);
    detail.add("state", Cell{.text = std::string(to_text(delivery.state)),
                             .style = style_of(delivery.state)});
    detail.add("why", story.why);
    for (const Attempt& attempt : story.timeline.attempts) add_attempt(detail, story, attempt);
    if (delivery.due_at) detail.add("next attempt", *delivery.due_at);
    if (delivery.finished_at) detail.add("ended", *delivery.finished_at);
    detail.add("body", story.timeline.body);
    context.out().write(detail.take());
  }

  static void add_attempt(Detail& detail, const Story& story, const Attempt& attempt) {
    detail.add(fmt::format("attempt {}", attempt.number),
               Cell{.text = fmt::format("{}, {} ms: {}", format_rfc3339_millis(attempt.started_at),
                                        attempt.duration.count(), describe(attempt)),
                    .style = attempt.ok() ? Style::good : Style::bad});
    for (const ShownHeader& header : request_headers(story, attempt)) {
      detail.add("  sent", header.name + ": " + header.value.value_or("(not shown)"));
    }
    for (const std::string& line : header_lines(attempt)) detail.add("  answer header", line);
    detail.add("  answered", attempt.answer);
  }

  std::string id_;
};

}  // namespace

std::unique_ptr<Command> make_deliveries_show() {
  return std::make_unique<DeliveriesShow>();
}

}  // namespace thig

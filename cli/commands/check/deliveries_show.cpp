#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/terminal/local_time.h"
#include "cli/views/delivery_view.h"
#include "cli/views/detail.h"
#include "core/api/command_wording.h"
#include "core/api/delivery_view.h"

#include <fmt/format.h>

namespace thig {
namespace {

class DeliveriesShow final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Shows the event, the delivery's state with an explanation, the exact body, and every "
        "attempt with its result. Request headers are rebuilt from the webhook's current settings. "
        "If the response was not 2xx, its first headers and the start of its body are shown.");
    flags.example("thig-hooks deliveries show dlv_0nvpz4gk204001x2y3z4w",
                  "Show why a delivery failed");
    flags.example("thig-hooks deliveries show dlv_0nvpz4gk204001x2y3z4w --json | jq -r .body",
                  "Print the exact bytes of the body");
    flags.positional("DLV", id_, "A delivery id: the value of the webhook-id header");
  }

  Result<ExitCode> run(Context& context) override {
    const auto id = parse_delivery_id(id_);
    if (!id) {
      return fail(ErrorCode::not_found, fmt::format("no such delivery: \"{}\"", id_),
                  "`thig-hooks deliveries` lists deliveries; their ids start with dlv_");
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::read));
    THIG_TRY_ASSIGN(story, read_story(*store, *id, context.now()));
    if (story.no_keys) context.note("signatures are not shown: " + story.no_keys->text);
    if (context.json()) {
      context.out().line(delivery_document(story, command_wording()));
    } else {
      write_text(context, story);
    }
    tell_of_changes(context, story);
    return ExitCode::done;
  }

 private:
  static void tell_of_changes(Context& context, const DeliveryStory& story) {
    for (const Attempt& attempt : story.timeline.attempts) {
      if (!story.changed_since(attempt)) continue;
      const Time changed = story.endpoint.updated_at;
      context.note(fmt::format(
          "the webhook was changed at {}{}, after an attempt, so the headers sent then "
          "may differ from those shown",
          format_rfc3339(changed), context.err().terminal() ? beside_utc(changed) : std::string()));
      return;
    }
  }

  static void write_text(Context& context, const DeliveryStory& story) {
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
    detail.add_sentence("why", command_wording().text(story.why));
    for (const Attempt& attempt : story.timeline.attempts) add_attempt(detail, story, attempt);
    if (delivery.due_at) detail.add("next attempt", *delivery.due_at);
    if (delivery.finished_at) detail.add("ended", *delivery.finished_at);
    detail.add("body", story.timeline.body);
    context.out().write(detail.take());
  }

  static void add_attempt(Detail& detail, const DeliveryStory& story, const Attempt& attempt) {
    const std::string began = format_rfc3339_millis(attempt.started_at);
    const std::string ended =
        fmt::format(", {} ms: {}", attempt.duration.count(), describe(attempt));
    detail.add(fmt::format("attempt {}", attempt.number),
               Cell{.text = began + beside_utc(attempt.started_at) + ended,
                    .style = attempt.ok() ? Style::good : Style::bad,
                    .piped = began + ended});
    for (const ShownHeader& header : story.request_headers(attempt)) {
      detail.add("  sent", header.name + ": " + header.value.value_or("(not shown)"));
    }
    for (const std::string& line : header_lines(attempt)) detail.add("  response header", line);
    detail.add("  answered", attempt.answer);
  }

  std::string id_;
};

}  // namespace

std::unique_ptr<Command> make_deliveries_show() {
  return std::make_unique<DeliveriesShow>();
}

}  // namespace thig

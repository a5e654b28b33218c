#include "cli/commands/all.h"
#include "cli/delivery_view.h"
#include "cli/detail.h"
#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig {
namespace {

class DeliveriesShow final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about("Its event, its state, the exact body, and every attempt with what came of it.");
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
    THIG_TRY_ASSIGN(timeline, store->timeline(*id));
    if (context.json()) {
      write_json(context, timeline);
    } else {
      write_text(context, timeline);
    }
    return ExitCode::done;
  }

 private:
  static void write_json(Context& context, const Timeline& timeline) {
    JsonWriter json;
    json.begin_object();
    write_delivery(json, timeline.delivery);
    json.key("attempts").begin_array();
    for (const Attempt& attempt : timeline.attempts) write_attempt(json, attempt);
    json.end_array().key("body").text(timeline.body).end_object();
    context.out().line(json.take());
  }

  static void write_text(Context& context, const Timeline& timeline) {
    const Delivery& delivery = timeline.delivery;
    Detail detail(context.for_eyes(), context.out_colour(), context.now());
    detail.add("delivery", to_text(delivery.id));
    detail.add("event", fmt::format("{} ({})", delivery.event_type, to_text(delivery.id.event)));
    detail.add("emitted", time_of(delivery.id.event));
    detail.add("webhook",
               fmt::format("{} ({})", delivery.endpoint_name, to_text(delivery.id.endpoint)));
    detail.add("state", std::string(to_text(delivery.state)));
    for (const Attempt& attempt : timeline.attempts) add_attempt(detail, attempt);
    if (delivery.due_at) detail.add("next attempt", *delivery.due_at);
    if (delivery.finished_at) detail.add("ended", *delivery.finished_at);
    detail.add("body", timeline.body);
    context.out().write(detail.take());
    if (delivery.state == DeliveryState::missed) {
      context.note("the webhook was disabled when the event was emitted");
    }
  }

  static void add_attempt(Detail& detail, const Attempt& attempt) {
    detail.add(fmt::format("attempt {}", attempt.number),
               Cell{.text = fmt::format("{}, {} ms: {}", format_rfc3339_millis(attempt.started_at),
                                        attempt.duration.count(), describe(attempt)),
                    .style = attempt.ok() ? Style::good : Style::bad});
    detail.add("  answered", attempt.answer);
  }

  std::string id_;
};

}  // namespace

std::unique_ptr<Command> make_deliveries_show() {
  return std::make_unique<DeliveriesShow>();
}

}  // namespace thig

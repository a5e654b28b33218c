#include "core/api/delivery_query.h"
#include "core/api/emission.h"
#include "core/api/shell_words.h"
#include "core/base/json.h"
#include "core/base/json_layout.h"
#include "core/dispatch/router.h"
#include "core/rules/access.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/history/pages.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::string_view usual_type = "project.created";
constexpr std::size_t most_told_receptions = 20;

struct SampleFields {
  std::string type;
  std::string data{};  // empty: the type's own sample
  bool marked = true;
};

bool may_emit_type(const Member& member, const EventType& type) {
  return !is_operational_event(type.name) || may(member.role, Action::emit_operational);
}

Html sample_type_form(std::span<const EventType> types, const Member& member,
                      std::string_view chosen) {
  Html choices;
  for (const EventType& type : types) {
    if (!may_emit_type(member, type)) continue;
    choices += html<R"(<option value="{}"{}>{}</option>)">(
        type.name, flag<"selected">(type.name == chosen), type.name);
  }
  return html<
      R"(<form class="filters" action="{}"><label>Event type<select name="event">{}</select></label><button>Show sample</button></form>)">(
      Link("/admin/events/new"), choices);
}

// A number that is used once: what is sent twice by a slip is recorded once.
std::string fresh_key(Call& call) {
  return fmt::format("page-{:x}", call.random.bits(62));
}

Result<HttpResponse> sample_page(Call& call, const SampleFields& fields, const FormErrors& errors) {
  THIG_TRY_ASSIGN(types, known_event_types(call.store.config()));
  const auto type = std::ranges::find(types, fields.type, &EventType::name);
  if (type == types.end()) {
    return std::unexpected(unknown_event_type(fields.type, types));
  }
  const std::string data =
      fields.data.empty() ? lay_out_json(type->sample, {.indent = 2, .spaced = true}) : fields.data;
  Html content = crumbs({{"Deliveries", Link("/admin/deliveries")}});
  content += html<R"(<div class="head"><h1>Emit a sample event</h1></div>)">();
  content += errors.summary("Not emitted");
  content += html<
      R"(<p class="note warning">This is a real event: every webhook that is subscribed to its type gets it, and its receiver processes it. To try a single webhook, open it and choose Send Test.</p>)">();
  content += sample_type_form(types, call.caller.actor, fields.type);
  content += html<
      R"(<form class="thin" method="post" action="{}">{}{}<p class="dim">{}: {}.</p><div class="gap">{}</div>{}{}</form>)">(
      Link("/admin/events/new"), hidden("event", fields.type), hidden("key", fresh_key(call)),
      type->name, type->description,
      area_field({.name = "data", .help = "A JSON value, part of the payload."}, data, errors, 10),
      tick("marked", "yes",
           "Mark it as a sample: add \"sample\": true to its data, so that receivers recognise it",
           fields.marked),
      form_end("Emit", Link("/admin/deliveries")));
  return page_answer(call,
                     {.title = "Emit a sample event",
                      .section = Section::deliveries,
                      .content = content,
                      .command = ShellCommand("thig-hooks emit").positional(fields.type).text(),
                      .status = errors.status(),
                      .changes_by_itself = false});
}

// The data that the fields ask for.
std::string data_of(const SampleFields& fields, FormErrors& errors) {
  if (!fields.marked) return fields.data;
  if (!check_json(fields.data)) return fields.data;  // refused with the reason
  if (auto marked = marked_as_sample(fields.data)) return std::move(*marked);
  if (json_kind(fields.data) != JsonKind::object) {
    errors.add("data",
               "Only an object can be marked as a sample: enter an object, or clear the checkbox.");
  }
  return fields.data;
}

std::string receipt_words(const EmittedEvent& emitted) {
  const Receipt& receipt = emitted.receipt;
  if (receipt.queued == 0 && receipt.missed.empty()) {
    if (receipt.unmet > 0) {
      return fmt::format("Recorded, but it does not meet the conditions of {}",
                         counted(static_cast<std::int64_t>(receipt.unmet), "subscribed webhook",
                                 "subscribed webhooks"));
    }
    return fmt::format("Recorded, but no webhook is subscribed to {}", receipt.type);
  }
  std::string words = counted(static_cast<std::int64_t>(receipt.queued), "delivery is queued",
                              "deliveries are queued");
  if (!receipt.missed.empty()) {
    words += fmt::format(", and {} missed by disabled webhooks", receipt.missed.size());
  }
  return words;
}

Html reception_rows(std::span<const ToldReception> told) {
  Html rows;
  for (const ToldReception& one : told) {
    rows += html<
        R"(<tr><th scope="row"><a class="name" href="{}">{}</a></th><td>{}</td><td class="fill dim">{}</td></tr>)">(
        Link("/admin/webhooks/outgoing/{}", {to_text(one.endpoint.id)}), one.endpoint.name,
        one.delivery
            ? html<R"(<a href="{}">{}</a>)">(Link("/admin/deliveries/{}", {to_text(*one.delivery)}),
                                             to_text(one.explanation.reception))
            : html<R"(<span class="dim">not sent</span>)">(),
        as_sentence(form_wording().text(one.explanation.why)));
  }
  return rows;
}

// Those who get it come first.
Html receptions(std::vector<ToldReception> told, const Link& event) {
  std::ranges::stable_partition(told,
                                [](const ToldReception& one) { return one.delivery.has_value(); });
  const std::size_t shown = std::min(told.size(), most_told_receptions);
  return html<
      R"(<section><h2>Who gets it, and why others do not</h2><table><thead><tr><th scope="col">Webhook</th><th scope="col">Delivery</th><th scope="col" class="fill">Why</th></tr></thead><tbody>{}</tbody></table><p class="gap"><a href="{}">Show this event</a></p></section>)">(
      reception_rows(std::span(told).first(shown)), event);
}

Result<HttpResponse> receipt_page(Call& call, const EmittedEvent& emitted) {
  const Receipt& receipt = emitted.receipt;
  const std::string id = to_text(receipt.id);
  THIG_TRY_ASSIGN(event, call.store.history().event(receipt.id));
  THIG_TRY_ASSIGN(told, tell_receptions(call.store, event, call.now()));
  const Link link("/admin/events/{}", {id});
  Html said =
      html<R"(<p><a class="mono" href="{}">{}</a>, {}</p>)">(link, id, full_time(receipt.at));
  if (receipt.duplicate) said += html<"<p>Duplicate: it was sent twice, and recorded once.</p>">();
  Html content = crumbs({{"Deliveries", Link("/admin/deliveries")}});
  content += html<
      R"(<div class="head"><h1>{} was emitted</h1></div>{}<div class="stack">{}<div class="acts"><a class="btn" href="{}">Emit another</a></div></div>)">(
      receipt.type, note("done", "enabled", receipt_words(emitted), said),
      receptions(std::move(told), link), Link("/admin/events/new").with("event", receipt.type));
  return page_answer(call, {.title = receipt.type + " was emitted",
                            .section = Section::deliveries,
                            .content = content,
                            .command = "thig-hooks deliveries explain " + id,
                            .changes_by_itself = false});
}

}  // namespace

Result<HttpResponse> ask_emit_sample(Call& call) {
  THIG_TRY(check_access(call.caller.actor, Action::emit));
  return sample_page(call, {.type = call.query.find("event").value_or(std::string(usual_type))},
                     {});
}

Result<HttpResponse> emit_sample(Call& call) {
  THIG_TRY(check_access(call.caller.actor, Action::emit));
  const Form form(call);
  const SampleFields fields{
      .type = form.text("event"), .data = form.text("data"), .marked = form.ticked("marked")};
  FormErrors errors;
  const EventDraft draft{
      .type = fields.type, .data = data_of(fields, errors), .idempotency_key = form.find("key")};
  if (errors.empty()) {
    const auto emitted = emit_event(call.store, call.emitters.of(call.caller.actor), draft);
    if (emitted) return receipt_page(call, *emitted);
    if (!is_for_the_form(emitted.error())) return std::unexpected(emitted.error());
    errors.add(emitted.error());
  }
  return sample_page(call, fields, errors);
}

}  // namespace thig::pages

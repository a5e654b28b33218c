#include "core/rules/access.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/recovery_pages.h"
#include "core/web/pages/outgoing/webhook_page.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

Link list_link() {
  return Link("/admin/webhooks");
}

// Those that were ticked; one that is gone since is told of when something is done with it.
struct Ticked {
  std::vector<std::string> ids;
  std::vector<Endpoint> there{};
};

Result<Ticked> ticked_of(Call& call, const Form& form) {
  Ticked ticked{.ids = form.all("id")};
  for (const std::string& id : ticked.ids) {
    auto found = call.store.config().find_endpoint(id);
    if (found) {
      ticked.there.push_back(std::move(*found));
    } else if (found.error().code != ErrorCode::not_found) {
      return std::unexpected(std::move(found).error());
    }
  }
  return ticked;
}

Html names_of(const Ticked& ticked) {
  Html names;
  for (const Endpoint& endpoint : ticked.there) {
    names += html<R"(<li><a href="{}">{}</a></li>)">(webhook_link(endpoint), endpoint.name);
  }
  return html<"<ul>{}</ul>">(names);
}

Html hidden_choice(std::string_view what, const Ticked& ticked) {
  Html all = hidden("do", what);
  for (const std::string& id : ticked.ids) all += hidden("id", id);
  return all;
}

std::string webhooks_text(std::size_t count) {
  return counted(static_cast<std::int64_t>(count), "webhook", "webhooks");
}

Html bulk_head(std::string_view title) {
  Html head = crumbs({{"Webhooks", list_link()}});
  head += html<R"(<div class="head"><h1>{}</h1></div>)">(title);
  return head;
}

HttpResponse bulk_page(Call& call, std::string title, const Html& body, int status = 200) {
  Html content = bulk_head(title);
  content += body;
  return page_answer(call, {.title = std::move(title),
                            .section = Section::webhooks,
                            .content = content,
                            .status = status,
                            .changes_by_itself = false});
}

// Each by itself: what fails for one is told by its name, and the others are done.
template <class Change>
HttpResponse change_each(Call& call, const Ticked& ticked, std::string_view done_word,
                         const Change& change) {
  Html failures;
  std::size_t done = 0;
  for (const std::string& id : ticked.ids) {
    const Result<Endpoint> changed = change(id);
    if (changed) {
      ++done;
      continue;
    }
    const auto named = std::ranges::find(
        ticked.there, id, [](const Endpoint& endpoint) { return to_text(endpoint.id); });
    failures += html<"<li><strong>{}</strong>: {}</li>">(
        named == ticked.there.end() ? id : named->name, sentence_of(changed.error()));
  }
  if (failures.empty()) return redirect(call, list_link());
  const Html body =
      html<R"(<ul>{}</ul><div class="acts"><a class="btn" href="{}">Go to the webhooks</a></div>)">(
          failures, list_link());
  return bulk_page(
      call, fmt::format("{} {}", webhooks_text(done), done_word),
      note("failed", "disabled",
           fmt::format("{} could not be {}", webhooks_text(ticked.ids.size() - done), done_word),
           body));
}

// What waits and what they get, together.
Result<Html> disabling_told(Call& call, const Ticked& ticked) {
  std::int64_t pending = 0;
  for (const Endpoint& endpoint : ticked.there) {
    THIG_TRY_ASSIGN(stats, call.store.statistics().stats_of(endpoint.id, std::nullopt));
    pending += stats.pending;
  }
  Html told = names_of(ticked);
  told += html<
      "<p>Deliveries to them stop. From then on, their events are recorded as missed, and can be "
      "recovered when they are enabled again.</p>">();
  if (pending > 0) {
    told += html<"<p>{} will wait until then.</p>">(
        counted(pending, "pending delivery", "pending deliveries"));
  }
  return told;
}

Result<HttpResponse> disable_ticked(Call& call, const Form& form, const Ticked& ticked) {
  if (form.ticked("go")) {
    const std::string reason = form.text("reason");
    return change_each(call, ticked, "disabled", [&](const std::string& id) {
      return webhooks_for(call).disable(id, reason);
    });
  }
  THIG_TRY_ASSIGN(told, disabling_told(call, ticked));
  const Html body = html<R"(<form class="thin stack" method="post" action="{}">{}{}{}{}{}</form>)">(
      list_link(), told, hidden_choice("disable", ticked), hidden("go", "yes"),
      text_field({.name = "reason", .help = "Shown next to their state, and recorded."}, "", {}),
      form_end("Disable", list_link(), true));
  return bulk_page(call, fmt::format("Disable {}?", webhooks_text(ticked.there.size())), body);
}

Result<HttpResponse> recover_ticked(Call& call, const Form& form, const Ticked& ticked) {
  THIG_TRY(check_access(call.caller.actor, Action::retry));
  const std::string title =
      fmt::format("Recover deliveries of {}", webhooks_text(ticked.there.size()));
  RecoveryTarget target{.webhooks = {},
                        .title = title,
                        .head = bulk_head(title),
                        .action = list_link(),
                        .hidden = hidden_choice("recover", ticked),
                        .back = list_link()};
  target.head += names_of(ticked);
  for (const Endpoint& endpoint : ticked.there) target.webhooks.push_back(to_text(endpoint.id));
  const RecoveryFields fields = recovery_fields(form);
  if (form.ticked("go")) return do_recovery(call, target, fields);
  if (!fields.since.empty()) return count_recovery(call, target, fields);
  return ask_recovery(call, target,
                      {.since = "24h", .until = {}, .states = {"dead", "missed"}, .rate = {}}, {});
}

}  // namespace

Result<HttpResponse> change_webhooks(Call& call) {
  THIG_TRY(webhooks_for(call).check_allowed());
  const Form form(call);
  THIG_TRY_ASSIGN(ticked, ticked_of(call, form));
  if (ticked.ids.empty()) {
    return bulk_page(
        call, "Nothing was selected",
        html<R"(<p>Select webhooks in the list first. <a href="{}">Go to the list</a></p>)">(
            list_link()),
        400);
  }
  const std::string what = form.text("do");
  if (what == "enable") {
    return change_each(call, ticked, "enabled",
                       [&](const std::string& id) { return webhooks_for(call).enable(id); });
  }
  if (what == "disable") return disable_ticked(call, form, ticked);
  if (what == "recover") return recover_ticked(call, form, ticked);
  return fail(ErrorCode::usage, "choose an action: enable, disable or recover");
}

}  // namespace thig::pages

// Posted forms, what is wrong with them, and the pages that go on where one request is not enough.
#include "core/web/pages/html/form.h"

#include "core/rules/access.h"
#include "core/rules/form.h"
#include "core/setup/webhooks.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/webhook_form.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace thig;
using namespace thig::pages;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// Each look at it takes a while.
class SlowClock final : public Clock {
 public:
  Instant now() const override {
    inner_.advance(takes);
    return inner_.now();
  }
  ClockWitness witness() const override { return inner_.witness(); }
  Millis takes{0};

 private:
  mutable FakeClock inner_;
};

// An installation, and calls of its Owner.
struct Desk {
  SqlitePlace place;
  SlowClock clock;
  std::unique_ptr<Store> store = place.open();
  Caller caller{.actor = {.name = "ada", .role = Role::owner}, .scopes = {}, .key = {}};
  Emitters emitters{*store, clock, std::nullopt};
  Guesses guesses{clock, [](const std::string&, std::string_view, const std::string&) {}};
  ServiceFacts service{.version = "1", .check_ready = [] { return Status(); }};
  HttpRequest request{.method = "POST", .target = "/", .headers = {}, .body = {}, .peer = {}};
  std::vector<std::string> path;

  Call call(std::string body, std::vector<std::string> names = {}) {
    request.body = std::move(body);
    path = std::move(names);
    return {.request = request,
            .path = path,
            .query = Query(request.target),
            .caller = caller,
            .store = *store,
            .emitters = emitters,
            .clock = clock,
            .random = place.random,
            .guesses = guesses,
            .service = service};
  }
  Form form(std::string body) { return Form(call(std::move(body))); }
};

// The values of the hidden fields of a page's last form, as a browser sends them.
std::string hidden_fields(const std::string& page) {
  constexpr std::string_view start = R"(<input type="hidden" name=")";
  std::string body;
  for (auto at = page.find(start); at != page.npos; at = page.find(start, at)) {
    at += start.size();
    const auto name_end = page.find('"', at);
    const auto value = page.find("value=\"", name_end) + 7;
    body += fmt::format("{}{}={}", body.empty() ? "" : "&", page.substr(at, name_end - at),
                        percent_encoded(page.substr(value, page.find('"', value) - value)));
  }
  return body;
}

}  // namespace

TEST_CASE("what an error is told as begins with a capital, which is no name's") {
  const Status refused = check_access({"ann", Role::viewer}, Action::configure);
  CHECK(has(sentence_of(refused.error()), "The user ann has the role viewer and may not"));
  CHECK(as_sentence("try again") == "Try again.");
}

TEST_CASE("fields of a form are read as they were sent") {
  Desk desk;
  const Form form = desk.form("a=+x+&b=&c=1&c=2&c=1&c=&d=one%0D%0A%0D%0A+two+%0D%0A&e=%zz&=x&f");
  CHECK(form.text("a") == "x");
  CHECK(form.text("b") == "");
  CHECK(form.text("none") == "");
  CHECK_FALSE(form.find("b"));
  CHECK(form.find("a") == "x");
  CHECK(form.all("c") == std::vector<std::string>{"1", "2"});
  CHECK(form.lines("d") == std::vector<std::string>{"one", "two"});
  CHECK(form.text("e") == "%zz");
  CHECK(form.ticked("c"));
  CHECK_FALSE(form.ticked("b"));
  CHECK_FALSE(form.ticked("f"));
}

TEST_CASE("an error stands beside its field and above the form") {
  FormErrors errors;
  CHECK(errors.empty());
  CHECK(errors.summary("Not saved").empty());
  errors.add({.code = ErrorCode::conflict,
              .text = "the key is taken",
              .hint = {"see ", Setting{"allow-private"}, " and ", Operation{"list"}},
              .field = "name"});
  errors.add("name", "A second one.");
  errors.add("", "About all of it.");
  CHECK(errors.status() == 409);
  CHECK(errors.of("name") ==
        "The key is taken. See “Allow private addresses” and thig-hooks list.");
  // Wherever a setting stands in a document, a form has it as one field.
  FormErrors nested;
  nested.add({.code = ErrorCode::invalid, .text = "gone", .hint = {}, .field = "action.command"});
  CHECK(nested.of("command") == "Gone.");
  const std::string summary = errors.summary("Not saved").text();
  CHECK(has(summary, "Not saved: 2 errors"));
  CHECK(has(summary, R"(<a href="#name">)"));
  const std::string field = text_field({.name = "name", .help = "Help."}, "<v>", errors).text();
  CHECK(has(field, R"(aria-invalid="true" aria-describedby="name-e")"));
  CHECK(has(field, R"(id="name-e")"));
  CHECK_FALSE(has(field, "Help."));
  CHECK(has(field, "&lt;v&gt;"));
  const std::string other = text_field({.name = "url", .help = "Help."}, "", errors).text();
  CHECK(has(other, R"(aria-describedby="url-h")"));
  CHECK_FALSE(has(other, "aria-invalid"));
}

TEST_CASE("settings come out of the form as they went in") {
  Desk desk;
  Endpoint settings;
  settings.name = "crm";
  settings.url = "https://crm.example/hook?a=1";
  settings.events = {"team.*", "project.created"};
  settings.headers = {{"X-Key", "secret"}, {"X-Team", "geheim"}};
  settings.retry = {std::chrono::minutes(1), std::chrono::hours(3)};
  settings.timeout = Millis{2500};
  settings.rate = 0.5;
  settings.max_in_flight = 3;
  settings.signature = SignatureMode::thig;
  Endpoint again = settings;
  FormErrors errors;
  read_fields(fields_of(settings), again, errors);
  CHECK(errors.empty());
  CHECK(again.url == settings.url);
  CHECK(again.events == settings.events);
  CHECK(again.headers == settings.headers);
  CHECK(again.retry == settings.retry);
  CHECK(again.timeout == settings.timeout);
  CHECK(again.rate == settings.rate);
  CHECK(again.max_in_flight == settings.max_in_flight);
  CHECK(again.signature == settings.signature);
  // Only the value of the header that was given again is another one.
  WebhookFields fields = fields_of(settings);
  fields.headers = {"X-Team: support", "X-Key"};
  read_fields(fields, again, errors);
  CHECK(again.headers == std::vector<Header>{{"X-Team", "support"}, {"X-Key", "secret"}});
  const Html shown = webhook_fields(fields_of(settings), {}, false, errors);
  CHECK_FALSE(has(shown.text(), "geheim"));
}

TEST_CASE("what one request cannot recover, the next ones do") {
  Desk desk;
  Webhooks webhooks(desk.store->config(), desk.clock, desk.place.random, desk.caller.actor);
  WebhookDraft draft{.settings = {}, .signature = {}, .secret = {}, .active = false};
  draft.settings.name = "crm";
  draft.settings.url = "https://crm.example/";
  draft.settings.events = {"project.*"};
  const Endpoint endpoint = get(webhooks.add(draft)).endpoint;
  const std::vector<EventDraft> drafts(12'000, {.type = "project.created", .data = "{}"});
  for (int i = 0; i < 2; ++i) get(desk.emitters.of(desk.caller.actor).emit(drafts));

  desk.clock.takes = Millis{700};
  std::string body = "since=30d&state=missed&go=yes";
  int rounds = 0;
  for (std::int64_t before = 0;; ++rounds) {
    REQUIRE(rounds < 50);
    Call call = desk.call(body, {to_text(endpoint.id)});
    const HttpResponse answer = get(recover_webhook(call));
    REQUIRE(answer.status == 200);
    const auto stats = get(desk.store->statistics().stats_of(endpoint.id, std::nullopt));
    if (!has(answer.body, "Continue with the rest")) {
      CHECK(has(answer.body, "24,000 deliveries queued."));
      break;
    }
    CHECK(stats.pending > before);
    before = stats.pending;
    CHECK(has(answer.body, grouped(before) + " deliveries queued so far"));
    body = hidden_fields(answer.body);
  }
  CHECK(rounds > 0);
  const auto stats = get(desk.store->statistics().stats_of(endpoint.id, std::nullopt));
  CHECK(stats.pending == 24'000);
  CHECK(stats.missed == 0);
}

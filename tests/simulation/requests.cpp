// What others send to incoming webhooks, and what its actions come to.
#include "core/incoming/requests.h"

#include "core/rules/request_values.h"
#include "core/setup/incoming_webhooks.h"
#include "tests/incoming/requests.h"
#include "tests/simulation/life.h"

#include <algorithm>

namespace thig {
namespace {

// As long as messages are known, by the webhooks' own setting.
constexpr Millis known_for = std::chrono::hours(24);

// Messages are told from one another by the name that they bring: "P12."
std::optional<std::size_t> message_of(const std::string& event_body) {
  const auto begin = event_body.find("\"P");
  if (begin == std::string::npos) return {};
  return static_cast<std::size_t>(std::atoi(event_body.c_str() + begin + 2));
}

}  // namespace

void Life::add_hooks() {
  IncomingWebhooks incoming(members().config(), members().incoming(), machine_.clock,
                            machine_.random, owner_);
  IncomingDraft orders;
  orders.settings.name = "orders";
  orders.settings.action.kind = ActionKind::emit;
  orders.settings.action.event_type = "project.updated";
  orders.settings.action.conditions = {
      {.value = must(parse_value_ref("/kind")), .expected = "draft", .negated = true}};
  IncomingDraft projects;
  projects.settings.name = "projects";
  projects.settings.action.kind = ActionKind::create_project;
  projects.settings.action.fields = {{.field = "name", .value = must(parse_value_ref("/name"))}};
  for (IncomingDraft* draft : {&orders, &projects}) {
    draft->settings.dedupe = known_for;
    hooks_[draft->settings.name].token = must(incoming.add(*draft)).token;
  }
}

int Life::new_message() {
  const std::string number = std::to_string(messages_.size());
  Message message;
  message.hook = one_in(2) ? "orders" : "projects";
  message.body = R"({"name":"P)" + number + R"(."})";
  if (one_in(4)) {
    const bool orders = message.hook == "orders";
    message.end = orders ? RequestState::skipped : RequestState::failed;
    message.body = R"({"kind":"draft","number":)" + number + "}";
  }
  messages_.push_back(std::move(message));
  return static_cast<int>(messages_.size()) - 1;
}

// What is not answered may be lost; its sender may send it again, to another server too.
void Life::send_requests() {
  for (int count = 1 + pick(4); count > 0; --count) {
    const int number =
        messages_.empty() || pick(3) > 0 ? new_message() : pick(static_cast<int>(messages_.size()));
    const Message& message = messages_[static_cast<std::size_t>(number)];
    HttpRequest request = post(message.body);
    request.target = incoming_path + hooks_[message.hook].token;
    one_of(serving_)->receive(std::move(request), [this, number](const HttpResponse& response) {
      answered(number, response);
    });
  }
  if (one_in(6)) kill_serving();
  for (const auto& server : serving_) server->record();
  know_raised();
  if (one_in(4)) kill_serving();
}

void Life::answered(int number, const HttpResponse& response) {
  Message& message = messages_[static_cast<std::size_t>(number)];
  Hook& hook = hooks_[message.hook];
  CHECK(response.status == (hook.enabled ? 200 : 404));
  if (response.status != 200) return;
  const auto id = parse_request_id(text_in(response.body, "/requestId"));
  REQUIRE(id);
  const Millis now = machine_.clock.now().steady;
  if (response.body.contains("duplicate")) {
    CHECK(message.accepted > 0);
    ++hook.duplicates;
    duplicates_[*id] = number;
    return;
  }
  // The same message is acted upon again only if it has failed, or nobody can know it any more.
  if (!jumped_ && now < message.known_until) {
    CHECK((message.end == RequestState::failed || message.was_unmarked));
  }
  message.known_until = now + known_for;
  message.was_unmarked = false;
  ++message.accepted;
  ++hook.received;
  acknowledged_[*id] = number;
  open_.insert(*id);
  recorded_ = true;
}

void Life::ended(Serving& server, const IncomingRequest& request, const ActionOutcome& outcome) {
  // One of the servers acts, until it dies.
  if (acting_ == nullptr) acting_ = &server;
  CHECK(acting_ == &server);
  CHECK_FALSE(deleted_requests_.contains(request.id));
  CHECK(open_.erase(request.id) == 1);
  const auto found = acknowledged_.find(request.id);
  REQUIRE(found != acknowledged_.end());
  Message& message = messages_[static_cast<std::size_t>(found->second)];
  CHECK(to_text(outcome.state) == to_text(message.end));
  if (outcome.state == RequestState::done) ++message.done;
  CHECK(message.done <= message.accepted + message.replayed);
}

// The events that actions have raised since the last look, each for all who asked for it.
void Life::know_raised() {
  EventId from{known_.value + 1};  // requests are numbered by themselves, and may be ahead
  for (bool more = true; more;) {
    const RecordedPage page = must(members().maintenance().recorded(from));
    for (const Event& event : page.events) {
      known_ = std::max(known_, event.id);
      const auto number = message_of(event.body);
      if (!number || events_.contains(event.id)) continue;
      ++messages_.at(*number).raised;
      Expected expected{.type = event.type,
                        .queued = {},
                        .missed = {},
                        .since_boot = machine_.clock.now().steady};
      for (const Delivery& one :
           must(members().history().deliveries({.event = event.id, .before = {}, .limit = 1000}))) {
        const bool missed = one.state == DeliveryState::missed;
        (missed ? expected.missed : expected.queued).insert(one.id.endpoint);
      }
      for (const auto& [id, endpoint] : endpoints_) {
        CHECK((expected.queued.contains(id) || expected.missed.contains(id)));
      }
      events_[event.id] = std::move(expected);
    }
    from = page.reached;
    more = page.more;
  }
}

void Life::rotate_token() {
  auto& [name, hook] = one_of(hooks_);
  IncomingWebhooks incoming(members().config(), members().incoming(), machine_.clock,
                            machine_.random, owner_);
  hook.token = must(incoming.rotate(name, {.secret = {}, .overlap = Millis{0}})).token;
}

void Life::replay_some() {
  if (acknowledged_.empty()) return;
  const auto& [id, number] = one_of(acknowledged_);
  if (open_.contains(id)) return;
  must(replay_request(members().requests(), owner_, id));
  ++messages_[static_cast<std::size_t>(number)].replayed;
  open_.insert(id);
}

// Whether its action was done or not: from now on it is not.
void Life::erase_request() {
  if (acknowledged_.empty()) return;
  const auto chosen =
      std::next(acknowledged_.begin(), pick(static_cast<int>(acknowledged_.size())));
  must(members().maintenance().erase({}, {&chosen->first, 1}));
  messages_[static_cast<std::size_t>(chosen->second)].was_unmarked = true;
  deleted_requests_.insert(chosen->first);
  open_.erase(chosen->first);
  acknowledged_.erase(chosen);
}

}  // namespace thig

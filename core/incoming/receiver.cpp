#include "core/incoming/receiver.h"

#include "core/base/codec.h"
#include "core/incoming/answers.h"
#include "core/incoming/challenge.h"
#include "core/incoming/judgement.h"
#include "core/rules/form.h"
#include "core/rules/incoming_rules.h"
#include "core/rules/request_body.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t most_addresses = 10'000;
// Whoever guesses at a webhook must not fill the database: so many of its rejections are recorded.
constexpr double rejections_a_second = 1;
constexpr std::size_t large_body = 128u << 10;  // a millisecond or so to judge
constexpr int soon = 1;                         // seconds, for Retry-After
constexpr int later = 30;

HttpResponse failed_answer(const Error& error) {
  if (error.code == ErrorCode::full) {
    return retry_answer(507, "STORAGE_FULL", "there is no room to record the request", later);
  }
  if (error.code == ErrorCode::busy) {
    return retry_answer(503, "BUSY", "the request could not be recorded in time", soon);
  }
  return retry_answer(500, "INTERNAL", "the request could not be recorded", later);
}

bool is_in(std::span<const Cidr> ranges, std::string_view text) {
  if (ranges.empty()) return false;
  const auto address = parse_address(text);
  return address &&
         std::ranges::any_of(ranges, [&](const Cidr& range) { return contains(range, *address); });
}

bool may_be_form(const ServedHook& hook) {
  return hook.schemes.empty() || std::ranges::any_of(hook.schemes, &Scheme::sends_forms);
}

}  // namespace

Receiver::Receiver(ReceiverOptions options, const Clock& clock, IncomingIntake& intake)
    : options_(std::move(options)),
      clock_(clock),
      intake_(intake),
      background_(std::make_unique<Background>()) {}

void Receiver::set_table(std::shared_ptr<const HookTable> table) {
  const std::scoped_lock lock(mutex_);
  table_ = std::move(table);
}

std::shared_ptr<const HookTable> Receiver::table() const {
  const std::scoped_lock lock(mutex_);
  return table_;
}

// Keeps the whole table, however long the request takes.
std::shared_ptr<const ServedHook> Receiver::find(const HttpRequest& request) const {
  const auto token = token_of_target(request.target);
  if (!token) return nullptr;
  auto known = table();
  const ServedHook* hook = known->find(*token, clock_.now().wall);
  return {std::move(known), hook};
}

std::string Receiver::name_of(const HttpRequest& request) {
  const auto* hook = static_cast<const ServedHook*>(request.subject.get());
  return hook != nullptr ? hook->hook.name : std::string();
}

bool Receiver::is_trusted(const std::string& peer) const {
  return is_in(options_.trusted_proxies, peer);
}

// Proxies append, to the last line of that name or in a line of their own, so all lines are one
// list that is read from its end: the first address that is not a proxy of ours is the client's,
// whatever stands before it.
std::string Receiver::client_of(const HttpRequest& request) const {
  if (!is_trusted(request.peer)) return request.peer;
  std::string client = request.peer;
  for (auto line = request.headers.rbegin(); line != request.headers.rend(); ++line) {
    if (line->name != "x-forwarded-for") continue;
    std::string_view list = line->value;
    for (;;) {
      const auto comma = list.rfind(',');
      const std::string_view last = trimmed(comma == list.npos ? list : list.substr(comma + 1));
      if (!parse_address(last)) return client;
      client = last;
      if (!is_trusted(client)) return client;
      if (comma == list.npos) break;
      list = list.substr(0, comma);
    }
  }
  return client;
}

// True if one more may come now.
bool Receiver::take(std::unordered_map<std::string, TokenBucket>& buckets, const std::string& key,
                    double rate) {
  if (rate <= 0) return true;
  const std::scoped_lock lock(rates_);
  // Forgetting all of them lets each have another second's worth; keeping them would be the attack.
  if (buckets.size() >= most_addresses && !buckets.contains(key)) buckets.clear();
  TokenBucket& bucket = buckets.try_emplace(key, rate).first->second;
  if (bucket.rate() != rate) bucket = TokenBucket(rate);
  if (bucket.wait(clock_.now().steady) > Millis{0}) return false;
  bucket.take();
  return true;
}

Admission Receiver::admit(const HttpRequest& request) {
  const auto hook = find(request);
  auto refusal = refuse(hook.get(), request);
  const std::size_t max_body = hook ? hook->hook.max_body : 0;
  return {.refusal = std::move(refusal), .max_body = max_body, .subject = hook};
}

std::optional<HttpResponse> Receiver::refuse(const ServedHook* hook, const HttpRequest& request) {
  if (request.target == "/healthz" && (request.method == "GET" || request.method == "HEAD")) {
    return std::nullopt;
  }
  if (!take(by_address_, client_of(request), options_.per_address)) {
    return retry_answer(429, "RATE_LIMITED", "too many requests from this address", soon);
  }
  return hook == nullptr ? not_found_answer() : refuse_of(*hook, request);
}

std::optional<HttpResponse> Receiver::refuse_of(const ServedHook& hook,
                                                const HttpRequest& request) {
  if (!hook.allowed.empty() && !is_in(hook.allowed, client_of(request))) {
    record_rejection(hook, request, client_of(request), "the address is not on the webhook's list");
    return error_answer(403, "FORBIDDEN", "this address may not send here");
  }
  if (request.method == "GET") return std::nullopt;
  if (request.method != "POST") {
    HttpResponse response = error_answer(405, "METHOD_NOT_ALLOWED", "requests are sent with POST");
    response.headers.push_back({"allow", "GET, POST"});
    return response;
  }
  // Microsoft Graph's handshake comes as text.
  const bool handshake =
      hook.schemes.empty() && query_field(request.target, "validationToken").has_value();
  if (!handshake && is_form_type(request.header("content-type")) && !may_be_form(hook)) {
    return error_answer(415, "UNSUPPORTED_MEDIA_TYPE", "this sender does not send forms");
  }
  if (!handshake && !is_accepted_type(request.header("content-type"), hook.hook.content_types)) {
    return error_answer(415, "UNSUPPORTED_MEDIA_TYPE", "this content type is not accepted here");
  }
  return std::nullopt;
}

void Receiver::handle(HttpRequest& request, Respond respond) {
  if (request.target == "/healthz") return respond(json_answer(R"({"status":"ok"})"));
  const auto* hook = static_cast<const ServedHook*>(request.subject.get());
  if (hook == nullptr) return respond(not_found_answer());
  if (request.method == "GET") {
    return respond(answer_get(*hook, query_of_target(request.target)));
  }
  if (request.body.size() < large_body) return answer_post(request, respond);
  // The session keeps the rest of its request, for the log.
  std::string body = std::move(request.body);
  auto own = std::make_shared<HttpRequest>(request);
  own->body = std::move(body);
  background_->run([this, own, respond = std::move(respond)] { answer_post(*own, respond); });
}

void Receiver::answer_post(HttpRequest& request, const Respond& respond) {
  const auto* hook = static_cast<const ServedHook*>(request.subject.get());
  const std::string client = client_of(request);
  const std::string url = options_.public_url + request.target;
  Judgement judged = judge(*hook, request, url, client, clock_.now().wall);
  if (!judged.arrived) {
    if (!judged.rejection.empty()) record_rejection(*hook, request, client, judged.rejection);
    return respond(std::move(judged.answer));
  }
  // Only who has shown to be the sender uses up the sender's share.
  if (!take(by_hook_, to_text(hook->hook.id), hook->hook.rate)) {
    return respond(retry_answer(429, "RATE_LIMITED", "too many requests to this webhook", soon));
  }
  record(std::move(*judged.arrived), respond);
}

void Receiver::record(ArrivedRequest arrived, Respond respond) {
  const bool taken =
      intake_.submit(std::move(arrived), [respond](const Result<Received>& received) {
        respond(received ? success_answer(to_text(received->id), received->duplicate)
                         : failed_answer(received.error()));
      });
  if (!taken) {
    respond(retry_answer(503, "OVERLOADED", "too many requests at once", soon));
  }
}

// What the sender sees does not wait for it.
void Receiver::record_rejection(const ServedHook& hook, const HttpRequest& request,
                                const std::string& client, const std::string& reason) {
  if (!take(rejections_, to_text(hook.hook.id), rejections_a_second)) return;
  ArrivedRequest rejected;
  rejected.request.hook = hook.hook.id;
  rejected.request.received_at = clock_.now().wall;
  rejected.request.peer = client;
  rejected.request.headers = "{}";
  rejected.request.body_size = request.body.size();
  rejected.request.state = RequestState::rejected;
  rejected.request.detail = reason;
  (void)intake_.submit(std::move(rejected), [](const Result<Received>&) {});
}

}  // namespace thig

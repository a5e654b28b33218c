#include "core/incoming/receiver.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/incoming/answers.h"
#include "core/incoming/challenge.h"
#include "core/incoming/verdict.h"
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
constexpr std::size_t validated_beside = 128u << 10;  // a millisecond or so to check
// The largest take a good part of a second, and have a thread of their own for that.
constexpr std::size_t largest_body_in_a_hurry = 1u << 20;
constexpr int soon = 1;  // seconds, for Retry-After
constexpr int later = 30;

// Whatever the reason: it is not recorded, and the sender should come again.
HttpResponse failed_answer(const Error& error) {
  if (error.code == ErrorCode::full) {
    return retry_answer(507, "STORAGE_FULL", "there is no space to record the request", later);
  }
  if (error.code == ErrorCode::busy) {
    return retry_answer(503, "BUSY", "the request could not be recorded in time", soon);
  }
  return retry_answer(503, "UNAVAILABLE", "the request could not be recorded", soon);
}

HttpResponse answer_of(const Received& received) {
  if (received.refused) {
    return retry_answer(503, "FAILED_REQUESTS",
                        "too many failed requests of this webhook are waiting to be replayed",
                        later);
  }
  return success_answer(to_text(received.id), received.duplicate);
}

HttpResponse too_large_answer() {
  return error_answer(413, "BODY_TOO_LARGE", "the body is too large");
}

// Strangers read this: nothing but what kind of thing is wrong.
HttpResponse health_answer(const std::optional<Error>& trouble) {
  if (!trouble) return json_answer(R"({"status":"ok"})");
  JsonWriter json;
  json.begin_object().key("status").text("unavailable");
  json.key("code").text(error_code_name(trouble->code)).end_object();
  HttpResponse response = json_answer(json.take());
  response.status = 503;
  response.headers.push_back({"retry-after", std::to_string(soon)});
  return response;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Some proxies add the port: "203.0.113.9:51234", "[2001:db8::1]:443".
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return text;
    const std::string_view rest = text.substr(end + 1);
    const bool good = rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
    return good ? text.substr(1, end - 1) : text;
  }
  const auto colon = text.find(':');
  const bool has_port =
      colon != text.npos && colon == text.rfind(':') && is_port(text.substr(colon + 1));
  return has_port ? text.substr(0, colon) : text;
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

Receiver::Receiver(ReceiverOptions options, const Clock& clock, CurrentHooks& hooks,
                   IncomingIntake& intake, const ServiceHealth& health)
    : options_(std::make_shared<const ReceiverOptions>(std::move(options))),
      clock_(clock),
      hooks_(hooks),
      intake_(intake),
      health_(health),
      large_(std::make_unique<Background>()),
      largest_(std::make_unique<Background>()) {}

void Receiver::reconfigure(ReceiverOptions options) {
  auto fresh = std::make_shared<const ReceiverOptions>(std::move(options));
  const std::scoped_lock lock(reconfiguring_);
  options_ = std::move(fresh);
}

std::shared_ptr<const ReceiverOptions> Receiver::options() const {
  const std::scoped_lock lock(reconfiguring_);
  return options_;
}

Result<std::shared_ptr<const ServedHook>> Receiver::find(const HttpRequest& request) {
  const auto token = token_of_target(request.target);
  if (!token) return nullptr;
  return hooks_.find(*token);
}

std::string Receiver::name_of(const HttpRequest& request) {
  const auto* hook = static_cast<const ServedHook*>(request.subject.get());
  return hook != nullptr ? hook->hook.name : std::string();
}

bool Receiver::is_trusted(const std::string& peer) const {
  return is_in(options()->trusted_proxies, peer);
}

bool Receiver::ignores_forwarded_for(const HttpRequest& request) const {
  const auto& headers = request.headers;
  return std::ranges::find(headers, "x-forwarded-for", &Header::name) != headers.end() &&
         !is_trusted(request.peer);
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
      const std::string_view last =
          without_port(trimmed(comma == list.npos ? list : list.substr(comma + 1)));
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
  const auto found = find(request);
  if (!found) return {.refusal = failed_answer(found.error())};
  const auto& hook = *found;
  Admission admission{.refusal = refuse(hook.get(), request), .max_body = 0, .subject = hook};
  if (admission.refusal || !hook) return admission;
  admission.max_body = largest_body(hook->hook);
  admission.accounts = {"address " + network_of(client_of(request)),
                        "webhook " + to_text(hook->hook.id)};
  return admission;
}

std::optional<HttpResponse> Receiver::refuse(const ServedHook* hook, const HttpRequest& request) {
  if (request.target == "/healthz" && (request.method == "GET" || request.method == "HEAD")) {
    return std::nullopt;
  }
  if (!take(by_address_, network_of(client_of(request)), options()->per_address)) {
    return retry_answer(429, "RATE_LIMITED", "too many requests from this address", soon);
  }
  return hook == nullptr ? not_found_answer() : refuse_of(*hook, request);
}

std::optional<HttpResponse> Receiver::refuse_of(const ServedHook& hook,
                                                const HttpRequest& request) {
  if (!hook.allowed.empty() && !is_in(hook.allowed, client_of(request))) {
    record_rejection(hook, request, client_of(request), "the address is not on the webhook's list");
    return error_answer(403, "FORBIDDEN", "this address is not allowed");
  }
  if (request.method == "GET") return std::nullopt;
  if (request.method != "POST") {
    HttpResponse response = error_answer(405, "METHOD_NOT_ALLOWED", "send requests with POST");
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

// Of what was changed while the body came: that was admitted under other settings.
std::optional<HttpResponse> Receiver::refuse_changed(HttpRequest& request) {
  const auto* admitted = static_cast<const ServedHook*>(request.subject.get());
  if (admitted != nullptr && hooks_.is_current(*admitted)) return std::nullopt;
  const auto found = find(request);
  if (!found) return failed_answer(found.error());
  const auto& hook = *found;
  if (hook == request.subject) return std::nullopt;
  request.subject = hook;
  if (!hook) return not_found_answer();
  if (request.body.size() > largest_body(hook->hook)) {
    return too_large_answer();
  }
  return refuse_of(*hook, request);
}

void Receiver::handle(HttpRequest& request, Respond respond) {
  if (request.target == "/healthz") return respond(health_answer(health_.trouble()));
  if (auto refusal = refuse_changed(request)) return respond(std::move(*refusal));
  const auto* hook = static_cast<const ServedHook*>(request.subject.get());
  if (hook == nullptr) return respond(not_found_answer());
  if (request.method == "GET") {
    return respond(answer_get(*hook, query_of_target(request.target)));
  }
  if (request.body.size() < validated_beside) return answer_post(request, respond);
  // The session keeps the rest of its request, for the log.
  std::string body = std::move(request.body);
  auto own = std::make_shared<HttpRequest>(request);
  own->body = std::move(body);
  Background& queue = own->body.size() < largest_body_in_a_hurry ? *large_ : *largest_;
  queue.run(to_text(hook->hook.id),
            [this, own, respond = std::move(respond)] { answer_post(*own, respond); });
}

void Receiver::answer_post(HttpRequest& request, const Respond& respond) {
  const auto* hook = static_cast<const ServedHook*>(request.subject.get());
  const std::string client = client_of(request);
  const auto current = options();
  const std::string url = current->public_url + request.target;
  Verdict verdict = validate(*hook, request, url, client, clock_.now().wall);
  if (!verdict.arrived) {
    if (!verdict.rejection.empty()) record_rejection(*hook, request, client, verdict.rejection);
    return respond(std::move(verdict.answer));
  }
  // As JSON a form may have become larger.
  if (verdict.arrived->request.body.size() > largest_body(hook->hook)) {
    return respond(too_large_answer());
  }
  verdict.arrived->most_failed = current->most_failed;
  // Only who has shown to be the sender uses up the sender's share.
  if (!take(by_hook_, to_text(hook->hook.id), hook->hook.rate)) {
    return respond(retry_answer(429, "RATE_LIMITED", "too many requests to this webhook", soon));
  }
  record(std::move(*verdict.arrived), respond);
}

void Receiver::record(ArrivedRequest arrived, Respond respond) {
  const bool taken =
      intake_.submit(std::move(arrived), [respond](const Result<Received>& received) {
        respond(received ? answer_of(*received) : failed_answer(received.error()));
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

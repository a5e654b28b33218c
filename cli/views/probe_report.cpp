#include "cli/views/probe_report.h"

#include "cli/views/detail.h"
#include "cli/views/render.h"
#include "core/base/codec.h"
#include "core/probe/diagnosis.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_shown = 4096;  // of a body, for eyes

double in_millis(Timing::Micros time) {
  return static_cast<double>(time.count()) / 1000;
}

std::string took(Timing::Micros time) {
  return fmt::format("{:.1f} ms", in_millis(time));
}

std::string shortened(const std::string& text, bool for_eyes) {
  if (!for_eyes || text.size() <= longest_shown) return text;
  return fmt::format("{}… ({} bytes)", to_valid_utf8(text, longest_shown), text.size());
}

// The values of a webhook's own headers may be secrets, as `show` treats them.
std::string shown_value(const Endpoint& endpoint, const Header& header) {
  const auto& own = endpoint.headers;
  return std::ranges::find(own, header) != own.end() ? "(hidden)" : header.value;
}

const Responded* answer_of(const Finished& finished) {
  return std::get_if<Responded>(&finished.outcome);
}

std::string date_of(const std::optional<Time>& time) {
  return time ? format_rfc3339(*time).substr(0, 10) : "?";
}

std::string describe_certificate(const CertificateFacts& facts, Time now) {
  std::string text = fmt::format("{}, issued by {}, valid {} to {}", facts.subject, facts.issuer,
                                 date_of(facts.not_before), date_of(facts.not_after));
  if (!facts.not_after) return text;
  const int days = days_until(*facts.not_after, now);
  return text + (days < 0 ? fmt::format(" (ended {} days ago)", -days)
                          : fmt::format(" ({} days left)", days));
}

std::string describe_addresses(const Finished& finished) {
  std::string text;
  for (const Observation::Found& found : finished.observation->addresses) {
    if (!text.empty()) text += ", ";
    text += found.address;
    if (!found.allowed) text += " (refused)";
    if (found.address == finished.address) text += " (used)";
  }
  return text;
}

std::string describe_phase(Phase phase, const Finished& finished, Time now) {
  const Observation& seen = *finished.observation;
  switch (phase) {
    case Phase::look_up:
      return describe_addresses(finished);
    case Phase::connect:
      return finished.address;
    case Phase::handshake: {
      std::string text = seen.tls_version;
      if (seen.certificate) {
        text += fmt::format("{}certificate {}", text.empty() ? "" : ", ",
                            describe_certificate(*seen.certificate, now));
      }
      return text;
    }
    case Phase::sending:
      return {};
    case Phase::answer:
      return answer_of(finished) ? std::to_string(answer_of(finished)->status) : std::string();
  }
  return {};
}

// ------------------------------------------------------------------------------------- for eyes

void add_request(Detail& detail, const Endpoint& endpoint, const Probe& probe, bool for_eyes) {
  detail.add("request", "POST " + endpoint.url);
  for (const Header& header : probe.headers) {
    detail.add("  header", header.name + ": " + shown_value(endpoint, header));
  }
  for (const SignedText& signed_text : probe.signed_texts) {
    detail.add("  " + signed_text.signature + " signs", shortened(signed_text.text, for_eyes));
  }
  detail.add("  body", shortened(probe.event.body, for_eyes));
}

void add_answer(Detail& detail, const Finished& finished) {
  const Responded* answer = answer_of(finished);
  if (!answer) return;
  for (const Header& header : finished.observation->answer_headers) {
    detail.add("  header", header.name + ": " + header.value);
  }
  detail.add("  body", to_valid_utf8(answer->body));
}

void write_text(Context& context, const Endpoint& endpoint, const Probe& probe,
                const Finished& finished) {
  const Time now = context.now();
  Detail detail(context.for_eyes(), context.out_colour(), now);
  if (!endpoint.name.empty()) {
    detail.add("webhook", fmt::format("{} ({})", endpoint.name, to_text(endpoint.id)));
  }
  detail.add("delivery", fmt::format("{} of {}", to_text(probe.id), probe.event.type));
  add_request(detail, endpoint, probe, context.for_eyes());
  for (const PhaseTime& time : phase_times(finished)) {
    const std::string seen = describe_phase(time.phase, finished, now);
    detail.add(std::string(describe(time.phase)),
               Cell{.text = fmt::format("{}{}{}{}", took(time.took), time.ok ? "" : ", failed",
                                        seen.empty() ? "" : ": ", seen),
                    .style = time.ok ? Style::plain : Style::bad});
  }
  add_answer(detail, finished);
  detail.add("total", took(finished.timing.total));
  if (const auto failure = explain_failure(finished)) {
    detail.add("verdict",
               Cell{.text = fmt::format("failed at {} ({}): {}", describe(failure->phase),
                                        failure->fault, failure->detail),
                    .style = Style::bad});
    detail.add("what to do", failure->hint);
  } else {
    detail.add("verdict", Cell{.text = "ok", .style = Style::good});
  }
  for (const std::string& warning : warnings_of(endpoint, finished, now)) {
    detail.add("warning", Cell{.text = warning, .style = Style::warn});
  }
  context.out().write(detail.take());
}

// ------------------------------------------------------------------------------------- as JSON

void write_headers(JsonWriter& json, const Endpoint& endpoint, std::span<const Header> headers) {
  json.key("headers").begin_array();
  for (const Header& header : headers) {
    json.begin_object().key("name").text(header.name).key("value");
    json.text(shown_value(endpoint, header)).end_object();
  }
  json.end_array();
}

void write_request(JsonWriter& json, const Endpoint& endpoint, const Probe& probe) {
  json.key("request").begin_object().key("method").text("POST").key("url").text(endpoint.url);
  write_headers(json, endpoint, probe.headers);
  json.key("body").text(probe.event.body).key("signedContent").begin_array();
  for (const SignedText& signed_text : probe.signed_texts) {
    json.begin_object().key("signature").text(signed_text.signature);
    json.key("content").text(signed_text.text).end_object();
  }
  json.end_array().end_object();
}

void write_head(JsonWriter& json, const Endpoint& endpoint, const Probe& probe) {
  json.key("url").text(endpoint.url);
  write_text_or_null(json, "webhook", endpoint.name);
  json.key("id").text(to_text(probe.id)).key("event").text(probe.event.type);
}

void write_tls(JsonWriter& json, const Observation& seen, Time now) {
  json.key("tls");
  if (!seen.certificate && seen.tls_version.empty()) {
    json.null();
    return;
  }
  const CertificateFacts facts = seen.certificate.value_or(CertificateFacts{});
  json.begin_object();
  write_text_or_null(json, "version", seen.tls_version);
  write_text_or_null(json, "subject", facts.subject);
  write_text_or_null(json, "issuer", facts.issuer);
  write_time(json, "notBefore", facts.not_before);
  write_time(json, "notAfter", facts.not_after);
  json.key("daysLeft");
  facts.not_after ? json.number(std::int64_t{days_until(*facts.not_after, now)}) : json.null();
  json.end_object();
}

void write_seen(JsonWriter& json, const Finished& finished, Time now) {
  json.key("phases").begin_array();
  for (const PhaseTime& time : phase_times(finished)) {
    json.begin_object().key("phase").text(to_text(time.phase)).key("ok").boolean(time.ok);
    json.key("ms").number(in_millis(time.took)).end_object();
  }
  json.end_array().key("addresses").begin_array();
  for (const Observation::Found& found : finished.observation->addresses) {
    json.begin_object().key("address").text(found.address).key("allowed").boolean(found.allowed);
    json.key("used").boolean(found.address == finished.address).end_object();
  }
  json.end_array();
  write_tls(json, *finished.observation, now);
}

void write_answer(JsonWriter& json, const Finished& finished) {
  json.key("answer");
  const Responded* answer = answer_of(finished);
  if (!answer) {
    json.null();
    return;
  }
  json.begin_object().key("status").number(std::int64_t{answer->status});
  write_headers(json, {}, finished.observation->answer_headers);
  json.key("body").text(answer->body).end_object();
}

void write_failure(JsonWriter& json, const Finished& finished) {
  json.key("failure");
  const auto failure = explain_failure(finished);
  if (!failure) {
    json.null();
    return;
  }
  json.begin_object().key("phase").text(to_text(failure->phase));
  json.key("fault").text(failure->fault).key("detail").text(failure->detail);
  write_text_or_null(json, "hint", failure->hint);
  json.end_object();
}

}  // namespace

void write_probe_request(Context& context, const Endpoint& endpoint, const Probe& probe) {
  if (!context.json()) {
    Detail detail(context.for_eyes(), context.out_colour(), context.now());
    add_request(detail, endpoint, probe, context.for_eyes());
    context.out().write(detail.take());
    return;
  }
  JsonWriter json;
  json.begin_object().key("dryRun").boolean(true);
  write_head(json, endpoint, probe);
  write_request(json, endpoint, probe);
  context.out().line(json.end_object().take());
}

void write_probe_report(Context& context, const Endpoint& endpoint, const Probe& probe,
                        const Finished& finished, Recorded recorded) {
  if (!context.json()) return write_text(context, endpoint, probe, finished);
  const Time now = context.now();
  JsonWriter json;
  json.begin_object().key("ok").boolean(is_success(finished.outcome));
  write_head(json, endpoint, probe);
  write_seen(json, finished, now);
  write_request(json, endpoint, probe);
  write_answer(json, finished);
  write_failure(json, finished);
  json.key("warnings").begin_array();
  for (const std::string& warning : warnings_of(endpoint, finished, now)) json.text(warning);
  json.end_array().key("recorded").boolean(recorded == Recorded::yes);
  json.key("totalMs").number(in_millis(finished.timing.total));
  context.out().line(json.end_object().take());
}

}  // namespace thig

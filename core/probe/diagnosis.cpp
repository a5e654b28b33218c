#include "core/probe/diagnosis.h"

#include "core/rules/address_policy.h"
#include "core/rules/egress_proxy.h"

#include <algorithm>
#include <array>
#include <variant>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr Millis slow_answer{2'000};
constexpr Millis budget{10'000};  // what receivers are told to keep to
constexpr int certificate_days = 14;

std::string dates_of(const Finished& finished) {
  if (!finished.observation || !finished.observation->certificate) return {};
  const CertificateFacts& seen = *finished.observation->certificate;
  if (!seen.not_before || !seen.not_after) return {};
  return fmt::format(" It is valid from {} to {}.", format_rfc3339(*seen.not_before),
                     format_rfc3339(*seen.not_after));
}

std::string issuer_of(const Finished& finished) {
  if (!finished.observation || !finished.observation->certificate) return "somebody";
  return finished.observation->certificate->issuer;
}

Remark hint_on_tls(Fault fault, const Finished& finished) {
  switch (fault) {
    case Fault::certificate_expired:
      return "the receiver has to renew its certificate." + dates_of(finished);
    case Fault::certificate_not_yet_valid:
      return "compare the clocks of both machines, or wait." + dates_of(finished);
    case Fault::wrong_host:
      return "use the certificate's name in the URL, or get a certificate for the URL's name";
    case Fault::self_signed:
      return {"if the receiver is yours, trust its certificate with ", Setting{"ca-file"},
              "; if not, it needs a certificate of a public CA"};
    case Fault::unknown_issuer:
      return {fmt::format("it was issued by {}: trust that issuer with ", issuer_of(finished)),
              Setting{"ca-file"}, ", or let the receiver send its whole certificate chain"};
    case Fault::plain_http:
      return "this port does not speak HTTPS: use the one that does, often 443";
    case Fault::no_tls:
      return "this port belongs to another service, not a web server: check the port in the URL";
    case Fault::old_protocol:
      return "the receiver has to support TLS 1.2 or 1.3";
    case Fault::client_certificate:
      return {"the receiver wants a client certificate: pass it with ", Setting{"client-cert"},
              " and ", Setting{"client-key"}};
    default:
      return "see the receiver's log; `openssl s_client -connect HOST:PORT` shows more";
  }
}

Remark hint_on_timeout(Phase phase) {
  switch (phase) {
    case Phase::look_up:
      return "the name server does not answer: check DNS with: getent hosts NAME";
    case Phase::connect:
      return "nothing answers there: a firewall, a wrong address, or a machine that is down";
    case Phase::handshake:
      return "something accepts connections there but does not speak TLS, or is overloaded";
    case Phase::sending:
      return "the receiver does not read the request";
    case Phase::answer:
      return {"the receiver should answer first and work afterwards; ", Setting{"timeout"},
              " allows more time"};
  }
  return {};
}

struct StatusAdvice {
  int from;
  int to;
  const char* fault;
  Remark hint;
};
const StatusAdvice on_status[] = {
    {304, 304, "other_status", "304 Not Modified is not a valid answer to a POST"},
    {300, 399, "redirect", "redirects are never followed: give the webhook the new URL"},
    {401,
     401,
     "unauthorized",
     {"the receiver does not accept the signature or a credential: compare the secret on both "
      "sides, and try `",
      Operation{"verify"}, "` there with the request that arrived"}},
    {403, 403, "forbidden",
     "the receiver refuses the request: look for an allow list of addresses, or a firewall in "
     "front of it"},
    {404, 404, "not_found",
     "there is nothing at this path: compare the URL with the receiver's routes"},
    {410, 410, "gone",
     "the receiver does not want this webhook any more: a real delivery would disable it"},
    {429, 429, "client_error", {"rate limited by the receiver: lower ", Setting{"rate"}}},
    {400, 499, "client_error", "the receiver rejects the request: its answer may say why"},
    {500, 599, "server_error", "the receiver failed: check its log"},
    {100, 999, "other_status", "anything but 200 to 299 is a failure"},
};

struct Explain {
  const Finished& finished;
  Phase phase;

  std::optional<ProbeFailure> operator()(const Responded& answer) const {
    if (is_success(finished.outcome)) return std::nullopt;
    const auto* advice = std::ranges::find_if(on_status, [&](const StatusAdvice& each) {
      return answer.status >= each.from && answer.status <= each.to;
    });
    std::string detail = fmt::format("the answer was {}", answer.status);
    if (!answer.location.empty()) detail += fmt::format(", a redirect to {}", answer.location);
    if (!answer.retry_after.empty()) detail += fmt::format(", retry after {}", answer.retry_after);
    if (advice == std::end(on_status))
      return ProbeFailure{Phase::answer, "other_status", detail, ""};
    const bool leads_nowhere =
        advice->fault == std::string_view("redirect") && answer.location.empty();
    return ProbeFailure{Phase::answer, advice->fault, detail,
                        leads_nowhere ? Remark("redirects are never followed, and this one does "
                                               "not say where to: ask the receiver for its URL")
                                      : advice->hint};
  }

  std::optional<ProbeFailure> operator()(const TransportFailed& failure) const {
    const std::string& detail = failure.detail;
    if (is_proxy_fault(failure.fault)) {
      return ProbeFailure{phase, std::string(to_text(failure.fault)), detail,
                          proxy_hint(failure.fault)};
    }
    switch (failure.kind) {
      case FailureKind::dns:
        if (finished.observation && !finished.observation->proxy.empty()) {
          return ProbeFailure{
              Phase::look_up,
              "name_not_found",
              detail,
              {"check the name in the URL; where only the proxy can look it up, use ",
               Setting{"proxy-resolves"}}};
        }
        return ProbeFailure{Phase::look_up, "name_not_found", detail,
                            "check the name in the URL, and DNS with: getent hosts NAME"};
      case FailureKind::connect:
        if (failure.fault == Fault::connection_refused) {
          return ProbeFailure{Phase::connect, "connection_refused", detail,
                              "nothing listens on that port: is the receiver running, and is the "
                              "port right?"};
        }
        return ProbeFailure{Phase::connect, "unreachable", detail,
                            "there is no route to that address: check routes and firewalls"};
      case FailureKind::tls: {
        const std::string_view fault = to_text(failure.fault);
        return ProbeFailure{phase, fault.empty() ? "tls" : std::string(fault), detail,
                            hint_on_tls(failure.fault, finished)};
      }
      case FailureKind::timeout:
        return ProbeFailure{phase, "timeout", detail, hint_on_timeout(phase)};
      case FailureKind::closed:
        if (failure.fault == Fault::client_certificate) {
          return ProbeFailure{phase, std::string(to_text(failure.fault)), detail,
                              hint_on_tls(failure.fault, finished)};
        }
        return ProbeFailure{
            phase, "closed", detail,
            "the receiver, or a proxy in front of it, closed the connection: check their logs"};
      case FailureKind::bad_answer:
        return ProbeFailure{Phase::answer, "bad_answer", detail,
                            "what answers there is not a valid HTTP server"};
      case FailureKind::local:
        return ProbeFailure{phase, "local", detail,
                            "the fault is on this machine, not at the "
                            "receiver: check files and limits here"};
    }
    return std::nullopt;
  }

  std::optional<ProbeFailure> operator()(const Refused& refusal) const {
    const bool address = finished.observation && !finished.observation->addresses.empty();
    return ProbeFailure{
        phase, address ? "refused_address" : "refused_url", refusal.detail,
        address ? Remark("deliveries go to public addresses only; ", Setting{"allow-private"},
                         " allows private and loopback ones, never link-local and "
                         "metadata ones")
                : Remark("give the webhook another URL")};
  }

  std::optional<ProbeFailure> operator()(const Interrupted&) const {
    return ProbeFailure{phase, "interrupted", "interrupted", ""};
  }
};

std::string text_of(Timing::Micros time) {
  return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1e6);
}

std::string date_of(const std::optional<Time>& time) {
  return time ? format_rfc3339(*time).substr(0, 10) : "?";
}

std::string describe_certificate(const CertificateFacts& facts, Time now) {
  std::string text = fmt::format("{}, issued by {}, valid {} to {}", facts.subject, facts.issuer,
                                 date_of(facts.not_before), date_of(facts.not_after));
  if (!facts.not_after) return text;
  const int days = days_until(*facts.not_after, now);
  return text + (days < 0 ? fmt::format(" (expired {} days ago)", -days)
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

std::string describe_connection(const Finished& finished) {
  const Observation& seen = *finished.observation;
  if (seen.proxy.empty()) return finished.address;
  return fmt::format("{}{}through the proxy {}", finished.address,
                     finished.address.empty() ? "" : " ", seen.proxy);
}

}  // namespace

std::optional<ProbeFailure> explain_failure(const Finished& finished) {
  return std::visit(Explain{finished, finished.reached}, finished.outcome);
}

std::vector<Remark> warnings_of(const Endpoint& endpoint, const Finished& finished, Time now) {
  std::vector<Remark> warnings;
  const auto warn = [&](Remark remark) { warnings.push_back(std::move(remark)); };
  if (endpoint.state == EndpointState::disabled) {
    warn({"the webhook is disabled, so it gets no events until: ",
          Operation{"enable", {endpoint.name}}});
  }
  const auto answer_took = finished.timing.first_byte - finished.timing.tls_done;
  if (std::holds_alternative<Responded>(finished.outcome)) {
    if (finished.timing.total > budget) {
      warn(fmt::format("the answer came after {}; receivers should answer within 10 s",
                       text_of(finished.timing.total)));
    } else if (answer_took > slow_answer) {
      warn(fmt::format("the receiver took {} to answer; it should answer first and work afterwards",
                       text_of(answer_took)));
    }
  }
  if (!finished.observation) return warnings;
  const Observation& seen = *finished.observation;
  const auto* answer = std::get_if<Responded>(&finished.outcome);
  // Web servers that insist on one say so with a 400 or 403.
  if (seen.lacks_client_certificate && answer != nullptr && answer->status >= 400 &&
      answer->status < 500) {
    warn({"the receiver asked for a client certificate and got none: ", Setting{"client-cert"},
          " and ", Setting{"client-key"}});
  }
  if (seen.certificate && seen.certificate->not_after && *seen.certificate->not_after > now) {
    const int days = days_until(*seen.certificate->not_after, now);
    if (days < certificate_days) {
      warn(fmt::format("the certificate expires in {} day{}", days, days == 1 ? "" : "s"));
    }
  }
  const auto address = parse_address(finished.address);
  if (address && classify(*address) != AddressClass::public_) {
    warn(fmt::format("{} is not a public address: {}", finished.address, describe_class(*address)));
  }
  if (seen.proxy_resolved) {
    warn(
        fmt::format("the proxy {} looked the name up: it decides which addresses are reached, and "
                    "private ones are not refused here",
                    seen.proxy));
  }
  for (const Observation::Found& found : seen.addresses) {
    if (!found.allowed && !finished.address.empty()) {
      warn(fmt::format("the name also has the address {}, which is not allowed", found.address));
    }
  }
  return warnings;
}

std::vector<PhaseTime> phase_times(const Finished& finished) {
  const Timing& timing = finished.timing;
  const std::array<Timing::Micros, 5> ends = {timing.resolved, timing.connected, timing.tls_done,
                                              timing.first_byte, timing.first_byte};
  const bool answered = std::holds_alternative<Responded>(finished.outcome);
  std::vector<PhaseTime> times;
  Timing::Micros before{0};
  for (const Phase phase :
       {Phase::look_up, Phase::connect, Phase::handshake, Phase::sending, Phase::answer}) {
    // Sending is not told apart from waiting, unless it is what it stopped in.
    if (phase == Phase::sending && finished.reached != Phase::sending) continue;
    const bool last = phase == finished.reached;
    const bool ended = !last || answered;
    const bool ok = !last || is_success(finished.outcome);
    const auto end = ended ? ends[static_cast<std::size_t>(phase)] : timing.total;
    times.push_back({.phase = phase, .ok = ok, .took = std::max(end - before, Timing::Micros{0})});
    before = std::max(end, before);
    if (last) break;
  }
  return times;
}

int days_until(Time then, Time now) {
  return static_cast<int>(std::chrono::floor<std::chrono::days>(then - now).count());
}

std::string seen_in(Phase phase, const Finished& finished, Time now) {
  const Observation& seen = *finished.observation;
  switch (phase) {
    case Phase::look_up:
      return seen.proxy_resolved ? "by the proxy" : describe_addresses(finished);
    case Phase::connect:
      return describe_connection(finished);
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
    case Phase::answer: {
      const auto* answer = std::get_if<Responded>(&finished.outcome);
      return answer ? std::to_string(answer->status) : std::string();
    }
  }
  return {};
}

}  // namespace thig

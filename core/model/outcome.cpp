#include "core/model/outcome.h"

#include "core/base/enum_names.h"

namespace thig {
namespace {

constexpr EnumName<FailureKind> failure_kinds[] = {
    {FailureKind::dns, "dns"},       {FailureKind::connect, "connect"},
    {FailureKind::tls, "tls"},       {FailureKind::timeout, "timeout"},
    {FailureKind::closed, "closed"}, {FailureKind::bad_answer, "bad_answer"},
    {FailureKind::local, "local"},
};

constexpr EnumName<Phase> phases[] = {
    {Phase::look_up, "look_up"}, {Phase::connect, "connect"}, {Phase::handshake, "handshake"},
    {Phase::sending, "sending"}, {Phase::answer, "answer"},
};

constexpr EnumName<Phase> phase_words[] = {
    {Phase::look_up, "name look-up"},          {Phase::connect, "connect"},
    {Phase::handshake, "TLS handshake"},       {Phase::sending, "sending"},
    {Phase::answer, "waiting for the answer"},
};

constexpr EnumName<Fault> fault_names[] = {
    {Fault::unknown, ""},
    {Fault::connection_refused, "connection_refused"},
    {Fault::unreachable, "unreachable"},
    {Fault::certificate_expired, "certificate_expired"},
    {Fault::certificate_not_yet_valid, "certificate_not_yet_valid"},
    {Fault::wrong_host, "wrong_host"},
    {Fault::self_signed, "self_signed"},
    {Fault::unknown_issuer, "unknown_issuer"},
    {Fault::plain_http, "plain_http"},
    {Fault::no_tls, "no_tls"},
    {Fault::old_protocol, "old_protocol"},
    {Fault::client_certificate, "client_certificate"},
    {Fault::closed, "closed"},
    {Fault::own_files, "own_files"},
    {Fault::proxy_unreachable, "proxy_unreachable"},
    {Fault::proxy_tls, "proxy_tls"},
    {Fault::proxy_credentials, "proxy_credentials"},
    {Fault::proxy_refused, "proxy_refused"},
    {Fault::proxy_failed, "proxy_failed"},
};

std::string with_detail(std::string_view kind, std::string_view detail) {
  std::string line(kind);
  if (!detail.empty()) line.append(": ").append(detail);
  return line;
}

struct Describe {
  std::string operator()(const Responded& answer) const { return std::to_string(answer.status); }
  std::string operator()(const TransportFailed& failure) const {
    return with_detail(to_text(failure.kind), failure.detail);
  }
  std::string operator()(const Refused& refusal) const {
    return with_detail("refused", refusal.detail);
  }
  std::string operator()(const Interrupted&) const { return "interrupted"; }
};

}  // namespace

std::string_view to_text(Phase phase) {
  return enum_name(phases, phase);
}

std::string_view describe(Phase phase) {
  return enum_name(phase_words, phase);
}

std::string_view to_text(Fault fault) {
  return enum_name(fault_names, fault);
}

std::string_view to_text(FailureKind kind) {
  return enum_name(failure_kinds, kind);
}

const TransportFailed* local_failure(const Outcome& outcome) {
  const auto* failure = std::get_if<TransportFailed>(&outcome);
  return failure != nullptr && failure->kind == FailureKind::local ? failure : nullptr;
}

bool is_success(const Outcome& outcome) {
  const auto* answer = std::get_if<Responded>(&outcome);
  return answer != nullptr && answer->status >= 200 && answer->status <= 299;
}

std::string describe(const Outcome& outcome) {
  return std::visit(Describe{}, outcome);
}

}  // namespace thig

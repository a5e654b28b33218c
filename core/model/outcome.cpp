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

std::string_view to_text(FailureKind kind) {
  return enum_name(failure_kinds, kind);
}

bool is_success(const Outcome& outcome) {
  const auto* answer = std::get_if<Responded>(&outcome);
  return answer != nullptr && answer->status >= 200 && answer->status <= 299;
}

std::string describe(const Outcome& outcome) {
  return std::visit(Describe{}, outcome);
}

}  // namespace thig

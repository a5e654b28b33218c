#include "core/web/bodies.h"

#include "core/api/recovery_flow.h"
#include "core/base/json.h"
#include "core/documents/object_reader.h"
#include "core/rules/endpoint_rules.h"

#include <utility>

namespace thig::web {
namespace {

// Reads an object's members by `read`.
template <class Read>
Status read_object(std::string_view body, const Read& read) {
  if (body.empty()) body = "{}";
  THIG_TRY(check_json(body, {.depth = 64}));
  ObjectReader object(body, body, "");
  read(object);
  return object.finish();
}

}  // namespace

Result<std::string> read_reason(std::string_view body) {
  std::string reason;
  THIG_TRY(read_object(body, [&](ObjectReader& object) { object.read("reason", reason); }));
  return reason;
}

Result<RotationDraft> read_rotation(std::string_view body) {
  RotationDraft draft;
  THIG_TRY(read_object(body, [&](ObjectReader& object) {
    object.parse("overlap", [&](const std::string& text) -> Status {
      THIG_TRY_ASSIGN(span, parse_duration(text));
      draft.overlap = span;
      return {};
    });
    object.read("secret", draft.secret);
  }));
  return draft;
}

Result<TestSample> read_sample(std::string_view body) {
  TestSample sample;
  THIG_TRY(read_object(body, [&](ObjectReader& object) {
    object.read("event", sample.type);
    if (const auto data = object.raw("data", JsonKind::object)) sample.data = *data;
  }));
  return sample;
}

Result<RecoveryBody> read_recovery(std::string_view body) {
  RecoveryBody asked;
  THIG_TRY(read_object(body, [&](ObjectReader& object) {
    object.read("since", asked.since);
    object.read("until", asked.until);
    object.read("states", asked.states);
    for (const std::string& state : asked.states) {
      if (auto checked = check_recoverable(state); !checked) {
        object.blame("states", std::move(checked).error());
      }
    }
    object.read("dryRun", asked.dry_run);
    if (!object.has("rate")) return;
    double rate = 0;
    object.read("rate", rate);
    if (rate <= 0) object.blame("rate", {ErrorCode::invalid, "must be more than 0", {}});
    asked.rate = rate;
  }));
  if (asked.since) return asked;
  return std::unexpected(Error{.code = ErrorCode::invalid,
                               .text = "since is missing",
                               .hint = "say from when on: {\"since\":\"2h\"}, or a time",
                               .field = "since"});
}

}  // namespace thig::web

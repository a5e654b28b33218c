#include "core/web/bodies.h"

#include "core/api/recovery_flow.h"
#include "core/api/words.h"
#include "core/base/json.h"
#include "core/documents/object_reader.h"
#include "core/rules/endpoint_rules.h"

#include <algorithm>
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

const std::vector<std::string> key_states = {"enabled", "disabled"};

std::optional<Scopes> read_scopes(ObjectReader& object) {
  if (!object.has("scopes")) return std::nullopt;
  std::vector<std::string> names;
  object.read("scopes", names);
  Scopes scopes;
  for (const std::string& name : names) {
    if (const auto scope = parse_scope(name)) {
      scopes.add(*scope);
    } else {
      object.blame("scopes", not_a_choice(name, scope_names()));
    }
  }
  return scopes;
}

void read_rate(ObjectReader& object, int& rate) {
  object.read("rate", 1, most_requests_a_minute, rate);
}

void read_end(ObjectReader& object, std::optional<Time>& end) {
  object.parse("expiresAt", [&](const std::string& text) -> Status {
    THIG_TRY_ASSIGN(time, parse_time(text));
    end = time;
    return {};
  });
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
    object.read("backfill", asked.backfill);
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
                               .hint = "give a duration or a time: {\"since\":\"2h\"}",
                               .field = "since"});
}

Result<ApiKeyDraft> read_key_draft(std::string_view body) {
  ApiKeyDraft draft;
  THIG_TRY(read_object(body, [&](ObjectReader& object) {
    object.read("name", draft.name);
    object.read("member", draft.member);
    draft.scopes = read_scopes(object).value_or(Scopes());
    read_rate(object, draft.rate);
    read_end(object, draft.expires_at);
  }));
  return draft;
}

Result<KeyChange> read_key_change(std::string_view body) {
  KeyChange change;
  THIG_TRY(read_object(body, [&](ObjectReader& object) {
    object.read("name", change.name);
    change.scopes = read_scopes(object);
    if (object.has("rate")) read_rate(object, change.rate.emplace());
    change.ends = object.has("expiresAt") || object.is_null("expiresAt");
    read_end(object, change.expires_at);
    object.parse("state", [&](const std::string& text) -> Status {
      if (std::ranges::find(key_states, text) == key_states.end()) {
        return std::unexpected(not_a_choice(text, key_states));
      }
      change.enabled = text == "enabled";
      return {};
    });
    for (const char* name : {"name", "scopes", "rate", "state"}) {
      if (!object.is_null(name)) continue;
      object.blame(
          name, {ErrorCode::invalid, "must not be null", "leave it out to keep the current value"});
    }
  }));
  return change;
}

}  // namespace thig::web

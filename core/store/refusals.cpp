#include "core/store/refusals.h"

#include "core/base/codec.h"
#include "core/base/size.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {

std::unexpected<Error> no_webhook(std::string_view asked) {
  return fail(ErrorCode::not_found, fmt::format("there is no webhook {}", asked));
}

std::unexpected<Error> no_member(std::string_view name) {
  return fail(ErrorCode::not_found, fmt::format("there is no member {}", name));
}

std::unexpected<Error> no_own_event_type(std::string_view name) {
  return fail(ErrorCode::not_found, fmt::format("there is no event type {} of your own", name),
              {"see all types with: ", Operation{"events"}});
}

std::unexpected<Error> no_event(EventId id) {
  return fail(ErrorCode::not_found, fmt::format("there is no event {}", to_text(id)));
}

std::unexpected<Error> no_delivery(DeliveryId id) {
  return fail(ErrorCode::not_found, fmt::format("there is no delivery {}", to_text(id)));
}

std::unexpected<Error> no_request(RequestId id) {
  return fail(ErrorCode::not_found, fmt::format("there is no request {}", to_text(id)));
}

std::unexpected<Error> no_project(std::string_view asked) {
  return fail(ErrorCode::not_found, fmt::format("there is no project {}", printable(asked)),
              {"see all of them with: ", Operation{"projects"}});
}

std::unexpected<Error> no_api_key(std::string_view asked) {
  return fail(ErrorCode::not_found, fmt::format("there is no API key {}", printable(asked)),
              {"see all of them with: ", Operation{"keys"}});
}

std::unexpected<Error> no_session(std::string_view asked) {
  return fail(ErrorCode::not_found, fmt::format("there is no session {}", printable(asked)),
              {"see all of them with: ", Operation{"sessions"}});
}

std::unexpected<Error> name_taken(std::string_view name) {
  return std::unexpected(Error{.code = ErrorCode::conflict,
                               .text = fmt::format("a webhook named {} already exists", name),
                               .hint = "choose another name, or remove that one first",
                               .field = "name"});
}

std::unexpected<Error> token_taken() {
  return fail(ErrorCode::conflict, "another webhook already has this token",
              "each URL has a token of its own: omit it, and one is made");
}

std::unexpected<Error> webhook_id_taken(std::string_view id) {
  return fail(ErrorCode::conflict, fmt::format("a webhook with the id {} already exists", id),
              "try again");
}

std::unexpected<Error> api_key_name_taken(std::string_view name) {
  return std::unexpected(Error{.code = ErrorCode::conflict,
                               .text = fmt::format("an API key named {} already exists", name),
                               .hint = "choose another name, or remove that one first",
                               .field = "name"});
}

std::unexpected<Error> config_changed() {
  return fail(ErrorCode::conflict, "the webhooks were changed meanwhile", "try again");
}

std::unexpected<Error> epoch_changed(EndpointId id) {
  return fail(ErrorCode::conflict,
              fmt::format("the webhook {} was changed meanwhile", to_text(id)));
}

Status check_owner_left(std::span<const Member> members) {
  if (std::ranges::find(members, Role::owner, &Member::role) != members.end()) return {};
  return fail(
      ErrorCode::conflict, "no Owner would be left",
      {"make another member an Owner first: ", Operation{"members set-role", {"NAME", "owner"}}});
}

std::unexpected<Error> keys_at_limit(std::uint64_t most) {
  return fail(ErrorCode::full,
              fmt::format("at the limit: nothing was recorded, because the idempotency keys of the "
                          "last 24 hours take more than {}",
                          format_size(most)),
              {"a quarter of the database is for them: raise ", Setting{"max-size"},
               ", wait until older keys expire, or emit without a key"});
}

Status check_runs_again(RequestId id, RequestState state, bool cut) {
  if (state == RequestState::rejected || state == RequestState::duplicate) {
    return fail(ErrorCode::invalid,
                fmt::format("the request {} is {}: there is nothing to run again", to_text(id),
                            to_text(state)));
  }
  if (!cut) return {};
  return fail(
      ErrorCode::invalid,
      fmt::format("the request {} was done, and only the first part of its large body is kept",
                  to_text(id)),
      "it cannot be run again; have its sender send it again");
}

}  // namespace thig

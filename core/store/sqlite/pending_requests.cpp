#include "core/store/sqlite/pending_requests.h"

#include "core/model/incoming_hook.h"
#include "core/store/sqlite/query.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace thig::sqlite {

namespace {

// The next webhook that has any, and whether it runs commands. One that is gone runs nothing.
constexpr const char* kSelectNextHook = R"(
  SELECT r.hook_id, (SELECT action = 3 FROM incoming_hook WHERE id = r.hook_id)
    FROM incoming_request r INDEXED BY incoming_request_waiting
   WHERE r.state = 0 AND r.hook_id > ?1 ORDER BY r.hook_id LIMIT 1)";
static_assert(static_cast<int>(RequestState::pending) == 0);
static_assert(static_cast<int>(ActionKind::run) == 3);

constexpr const char* kSelectOldest = R"(
  SELECT id FROM incoming_request INDEXED BY incoming_request_waiting
   WHERE state = 0 AND hook_id = ?1 AND id > ?2 AND id < ?3 ORDER BY id LIMIT ?4)";

enum class Runs { nothing, writes, commands };
struct NextHook {
  IncomingHookId id;
  Runs runs = Runs::nothing;
};

Result<std::optional<NextHook>> hook_after(Connection& connection, IncomingHookId last) {
  Query row = connection.query(kSelectNextHook);
  std::optional<NextHook> found;
  if (row.with(last).next()) {
    found = {.id = row.hook_id(0)};
    if (!row.is_null(1)) found->runs = row.flag(1) ? Runs::commands : Runs::writes;
  }
  THIG_TRY(row.finish());
  return found;
}

}  // namespace

Result<std::vector<RequestId>> oldest_pending(Connection& connection, RequestId after,
                                              std::size_t limit) {
  std::vector<RequestId> oldest;  // a heap, the youngest on top
  const auto younger = [](RequestId a, RequestId b) { return a.value < b.value; };
  THIG_TRY_ASSIGN(hook, hook_after(connection, {-1}));
  while (hook && limit > 0) {
    if (hook->runs == Runs::writes) {
      const bool full = oldest.size() == limit;
      const RequestId before =
          full ? oldest.front() : RequestId{std::numeric_limits<std::int64_t>::max()};
      Query row = connection.query(kSelectOldest);
      row.with(hook->id, after, before, limit);
      while (row.next()) {
        const RequestId id{row.integer(0, 0)};
        if (oldest.size() == limit) {
          if (!younger(id, oldest.front())) break;
          std::ranges::pop_heap(oldest, younger);
          oldest.pop_back();
        }
        oldest.push_back(id);
        std::ranges::push_heap(oldest, younger);
      }
      THIG_TRY(row.finish());
    }
    THIG_TRY_ASSIGN(next, hook_after(connection, hook->id));
    hook = next;
  }
  std::ranges::sort_heap(oldest, younger);
  return oldest;
}

Result<std::vector<IncomingHookId>> hooks_with_commands(Connection& connection) {
  std::vector<IncomingHookId> hooks;
  THIG_TRY_ASSIGN(hook, hook_after(connection, {-1}));
  while (hook) {
    if (hook->runs == Runs::commands) hooks.push_back(hook->id);
    THIG_TRY_ASSIGN(next, hook_after(connection, hook->id));
    hook = next;
  }
  return hooks;
}

}  // namespace thig::sqlite

// Events of a log as documents of one line: an object with its kind, its time and its level. Texts
// that may come from elsewhere are cut at `longest_log_field`, and secrets in them are masked.
#pragma once

#include "core/api/error_view.h"
#include "core/api/log_level.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "core/dispatch/observer.h"
#include "core/incoming/service.h"
#include "core/model/delivery.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thig {

// In bytes; of a target or a method, and of a text for people.
inline constexpr std::size_t longest_log_field = 2'048;
// As a log may have it: UTF-8, up to the last whole character within the limit and an ellipsis,
// with secrets masked.
std::string log_field(std::string_view text);

// What has no kind of its own: a text for people.
std::string message_line(LogLevel level, std::string_view text, Time at);
// Why the process ends.
std::string error_line(const ShownError& error, Time at);

// A process that begins to deliver.
struct DispatchStart {
  std::string database;
  int pid = 0;
  std::int64_t webhooks = 0;
  std::int64_t pending = 0;  // deliveries
};
std::string started_line(const DispatchStart& start, Time at);
// A service answers at this URL now. `service`: "admin" or "incoming".
std::string serving_line(std::string_view service, std::string_view url, int pid, Time at);
// An attempt that has been recorded.
std::string attempt_line(const AttemptReport& report);
// A delivery whose next attempt is due.
std::string due_line(const QueuedDelivery& delivery, const EndpointSummary& endpoint);
// Something that goes wrong, or right again: `webhook` is empty for what concerns all, `until` says
// how long it lasts, where that is known.
std::string trouble_line(std::string_view kind, std::string_view webhook, std::string_view text,
                         std::optional<Time> until, Time at);

// A request that was answered, and an action that ended.
std::string request_line(const Access& access, Time at);
std::string action_line(const IncomingHook& hook, const IncomingRequest& request,
                        const ActionOutcome& outcome, Time at);

// An answer of the HTTP API; without what stood in the query.
struct AdminAccess {
  std::string client;
  std::string method;
  std::string path;
  std::string via;  // the key: "key ci"; empty: none
  int status = 0;
  Millis took{0};
};
std::string admin_line(const AdminAccess& access, Time at);

// So many lines of the log are missing here.
std::string dropped_line(std::uint64_t lines, Time at);

// A receiver for trying things out: where it listens, and a request that came to it.
// `secret_file`: where the secret is kept that it verifies with; empty: nowhere.
std::string listening_line(std::string_view url, std::string_view ca_file,
                           std::string_view secret_file, Time at);
struct ListenedRequest {
  std::string_view id;     // empty: none
  std::string_view event;  // likewise
  std::string_view verdict;
  std::string_view matched;  // empty: no signature did
  int status = 0;            // of the answer
  bool duplicate = false;
  std::span<const Header> headers;
  std::string_view body;
  // What came back from where it was passed on to; nothing if it was not.
  struct Forwarded {
    int status = 0;  // 0: no answer came
    Millis took{0};
    std::string_view failure;  // why there was none
  };
  std::optional<Forwarded> forwarded;
};
std::string listened_line(const ListenedRequest& request, LogLevel level, Time at);

}  // namespace thig

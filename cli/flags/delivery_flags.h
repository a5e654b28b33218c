// Which deliveries are meant: the flags of `deliveries`, and the command that shows the next page.
#pragma once

#include "cli/app/context.h"
#include "cli/flags/flags.h"
#include "cli/flags/time_range.h"
#include "core/store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

class DeliveryFlags {
 public:
  void declare(Flags& flags);
  // Reads what was given: `usage` for what cannot be meant, `not_found` for a webhook or an event
  // that is not there.
  Result<DeliveryFilter> read(Store& store, Time now);
  // What can be told without a database.
  Status check(Time now);

  std::size_t limit() const { return static_cast<std::size_t>(limit_); }
  // Nothing but an event is given.
  bool only_event() const;
  const std::optional<std::string>& event() const { return event_; }
  const std::string& type() const { return type_; }

  // The command that goes on after this delivery. Times are written out: "2h" would mean another
  // time by then.
  std::string next_command(const Context& context, DeliveryId after) const;

 private:
  Status check_words() const;
  Status check_ids();
  Status check_times(Time now);

  static constexpr int default_limit = 50;
  std::optional<std::string> webhook_;
  std::optional<std::string> event_;
  std::vector<std::string> states_;
  std::string type_;
  std::vector<std::string> outcomes_;
  TimeRangeFlags times_;
  std::optional<std::string> before_;
  int limit_ = default_limit;
  DeliveryFilter filter_;
};

}  // namespace thig

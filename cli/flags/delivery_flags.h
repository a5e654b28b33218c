// Which deliveries are meant: the flags of `deliveries`, and the command that shows the next page.
#pragma once

#include "cli/app/context.h"
#include "cli/flags/flags.h"
#include "cli/flags/time_range.h"
#include "core/api/delivery_query.h"

#include <string>

namespace thig {

class DeliveryFlags {
 public:
  void declare(Flags& flags);
  // TimeRangeFlags::read_into; to be called first.
  Status read_times(Context& context) { return times_.read_into(query_, context); }
  DeliveryQuery query() const;

  // The command that goes on after this delivery. The range is as `filter` was read: "2h" would
  // mean another time by then.
  std::string next_command(const Context& context, const DeliveryFilter& filter,
                           DeliveryId after) const;

 private:
  DeliveryQuery query_;
  TimeRangeFlags times_;
  int limit_ = deliveries_at_once;
};

}  // namespace thig

// Moving deliveries between the history and the queue, with the figures of their webhooks. Belongs
// into a write transaction.
#pragma once

#include "core/store/kept_delivery.h"
#include "core/store/sqlite/connection.h"

#include <map>
#include <optional>
#include <string>

namespace thig::sqlite {

// Nothing if it is not there, or is what a removed webhook has left behind. What has ended counts
// as not there when its body is gone.
Result<std::optional<KeptDelivery>> find_delivery(Connection& connection, DeliveryId id);

class Requeue {
 public:
  explicit Requeue(Connection& connection) : connection_(connection) {}

  // From the history to the queue. Its last attempt goes to the others, and none of them counts
  // against the schedule.
  Status queue_again(const KeptDelivery& ended, Time due_at);
  // Within the queue, to another moment.
  Status bring_forward(const KeptDelivery& pending, Time due_at);
  // From the queue to the history: cancelled, with its last attempt.
  Status take_out(const KeptDelivery& pending, Time now);

  // What the figures of the webhooks come to. The last step.
  Status count();

 private:
  using Moved = std::map<DeliveryState, std::int64_t>;

  Connection& connection_;
  std::map<EndpointId, Moved> moved_;
};

}  // namespace thig::sqlite

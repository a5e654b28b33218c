// What the program needs from a database, in parts: each is an interface of one flow, in a header
// of its own. Implementations: store/sqlite.
//
// Rules of all parts. Every method is one transaction: it happened as a whole when it returns
// success, and not at all when it returns an error. What it changed then survives a power failure;
// where a method says that it *may be lost by a power failure*, the last such changes may be undone
// by one, each as a whole, but by no crash of this or any other process. Errors common to all:
// `database` (broken, not ours, too new), `busy` (locked for over 5 s), `full` (no space: nothing
// was recorded). A database across a network has one more: `unavailable`, when it could not be
// reached for as long. Then it is not known whether the change happened; what must not happen twice
// is given once more, as an accept or a settlement (Given). A Store object with its parts belongs
// to one thread.
#pragma once

#include "core/store/api_key_store.h"
#include "core/store/config_store.h"
#include "core/store/history_store.h"
#include "core/store/incoming_config_store.h"
#include "core/store/incoming_request_store.h"
#include "core/store/intake_store.h"
#include "core/store/maintenance_store.h"
#include "core/store/queue_store.h"
#include "core/store/recovery_store.h"
#include "core/store/session_store.h"
#include "core/store/statistics_store.h"
#include "core/store/test_delivery_store.h"

#include <functional>

namespace thig {

// One connection to a database. The parts are its own and live as long as it does; what is done
// through several of them within ConfigStore::in_transaction is one transaction.
class Store {
 public:
  virtual ~Store() = default;

  virtual ConfigStore& config() = 0;
  virtual IntakeStore& intake() = 0;
  virtual QueueStore& queue() = 0;
  virtual TestDeliveryStore& test_deliveries() = 0;
  virtual HistoryStore& history() = 0;
  virtual StatisticsStore& statistics() = 0;
  virtual RecoveryStore& recovery() = 0;
  virtual IncomingConfigStore& incoming() = 0;
  virtual IncomingRequestStore& requests() = 0;
  virtual MaintenanceStore& maintenance() = 0;
  virtual ApiKeyStore& api_keys() = 0;
  virtual SessionStore& sessions() = 0;

  // How others learn of a change: a dispatcher that sleeps has to look again. `announce` is called
  // after each commit, made through this object, that has added, moved or taken away a queue row,
  // or changed the configuration: on this object's thread, once for a commit. A settlement
  // announces only the events that it raises: its rows are its caller's own. Must not throw.
  virtual void on_change(std::function<void()> announce) = 0;
};

}  // namespace thig

// Where the program is put together: the one place that names the concrete store and sender.
#pragma once

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/temporary_folder.h"
#include "core/base/waker.h"
#include "core/net/sender.h"
#include "core/rules/egress_proxy.h"
#include "core/store/change_source.h"
#include "core/store/location.h"
#include "core/store/store.h"
#include "core/store/upgrade.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace thig {

class Dispatcher;
class DispatchObserver;
struct DatabaseExamination;
struct DispatchOptions;
struct LibraryVersions;

struct Paths {
  Location database;
  std::string key_file;
};

enum class StoreUse {
  read,    // never writes; fails with `not_found` if there is no database
  write,   // fails with `not_found` if there is no database
  create,  // makes the database if there is none
};

// What it commits is announced to the `run` that serves the database (ChangeSource). `os_user`
// becomes the Owner of a database that is made; `on_upgrade` is told when an older one was brought
// up to date.
Result<std::unique_ptr<Store>> open_store(const Paths& paths, StoreUse use,
                                          const std::string& os_user, Random& random,
                                          const OnUpgrade& on_upgrade = {});

// Who is to use a database that is initialised.
struct Users {
  std::string owner;                 // a member's name
  std::optional<unsigned> owner_id;  // to whom root gives the database; nothing: it stays as made
  std::optional<std::string> group;  // that shares the database and the key (store/sharing.h)
};
struct Initialised {
  bool made_database = false;
  bool made_key = false;
  bool changed = false;  // who may use what was there
};
// Makes the database and the key, as far as they are missing, and shares them. A key that is lost
// is not made again: `key`. `usage` for a group that does not exist, `file` for paths that cannot
// be shared; nothing has been made then.
Result<Initialised> initialise(const Paths& paths, const Users& users, Random& random);

// Removes a database that was made and then not used: nothing was written to it, nobody else has it
// open. False if it stays. To be called when it is closed.
Result<bool> remove_unused_database(const Paths& paths);

// A database that is nobody's, in a folder of its own, both gone with it: for what is only tried.
class ScratchStore {
 public:
  // `os_user` is its Owner.
  static Result<std::unique_ptr<ScratchStore>> make(const std::string& os_user, Random& random);
  Store& store() { return *store_; }

 private:
  ScratchStore(TemporaryFolder folder, std::unique_ptr<Store> store)
      : folder_(std::move(folder)), store_(std::move(store)) {}
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

// Waiting for the process that owns the queue to end.
struct Standby {
  const std::atomic<bool>& until;
  std::function<void()> on_look;  // called some ten times a second meanwhile
};

// Everything a dispatching process holds, in the order in which it is put together: the ownership
// of the queue first. Members go in the reverse order.
class Dispatching {
 public:
  // `busy` if another process owns the queue (the text names its pid). With `standby` it waits
  // for that one's end instead, until that is set: `interrupted` then. Without `proxy` receivers
  // are connected to directly.
  static Result<std::unique_ptr<Dispatching>> open(const Paths& paths, const std::string& os_user,
                                                   const Standby* standby, DispatchOptions options,
                                                   const std::optional<EgressProxy>& proxy,
                                                   DispatchObserver& observer, Random& random);
  virtual ~Dispatching() = default;
  virtual Store& store() = 0;
  virtual Sender& sender() = 0;
  virtual Waker& waker() = 0;           // woken by the sender when answers have come
  virtual ChangeSource& changes() = 0;  // of the database, by others
  virtual Dispatcher& dispatcher() = 0;
};

// What sending without a queue takes: the same sender, and what it wakes.
struct Sending {
  std::unique_ptr<Waker> waker;
  std::unique_ptr<Sender> sender;  // goes first
};
Result<Sending> open_sending(const std::optional<EgressProxy>& proxy);

// The process that owns the queue; nothing if nobody does.
std::optional<int> dispatching_pid(const Paths& paths);

// The process that runs the actions of incoming webhooks.
std::optional<int> acting_pid(const Paths& paths);

// Looks at the database without trusting it; never fails. `whole` checks every row, however long
// that takes.
DatabaseExamination examine_database(const Paths& paths, bool whole, Random& random,
                                     const std::function<bool()>& goes_on);

// Of the libraries that were loaded.
LibraryVersions library_versions();

// The version of the program, "0.4.0".
const char* version();

// The commit that it was made of, in 40 hex digits, with "-dirty" behind them where the sources had
// been changed since; "unknown" where that could not be told.
const char* commit();

}  // namespace thig

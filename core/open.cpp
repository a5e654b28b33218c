#include "core/open.h"

#include "core/base/crypto_library.h"
#include "core/base/processors.h"
#include "core/care/checkup.h"
#include "core/care/clock_watch.h"
#include "core/dispatch/dispatcher.h"
#include "core/dispatch/reading_thread.h"
#include "core/dispatch/settling_thread.h"
#include "core/net/curl_library.h"
#include "core/net/curl_sender.h"
#include "core/net/http_library.h"
#include "core/rules/punycode.h"
#include "core/rules/request_secrets.h"
#include "core/store/keyring.h"
#include "core/store/private_folder.h"
#include "core/store/sealing.h"
#include "core/store/sharing.h"
#include "core/store/sqlite/bell.h"
#include "core/store/sqlite/examination.h"
#include "core/store/sqlite/ownership.h"
#include "core/store/sqlite/sqlite_store.h"
#include "core/store/sqlite/unused.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

namespace thig {
namespace {

Result<std::unique_ptr<Sender>> open_sender(Waker& waker, int threads,
                                            const std::optional<EgressProxy>& proxy) {
  CurlSenderOptions options;
  options.user_agent = fmt::format("thig-hooks/{}", version());
  options.threads = threads;
  options.proxy = proxy;
  return open_curl_sender(options, [&waker] { waker.wake(); });
}

// More than four would outdo what records their results.
int sending_threads() {
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 4u));
}

class Assembled final : public Dispatching {
 public:
  Assembled(Ownership ownership, std::unique_ptr<Store> store,
            std::unique_ptr<ChangeSource> changes, std::unique_ptr<Waker> waker)
      : ownership_(std::move(ownership)),
        store_(std::move(store)),
        changes_(std::move(changes)),
        waker_(std::move(waker)) {}

  // `read` and `settled` are the same database once more: what is due is read from the one, what
  // came of attempts is recorded in the other.
  Status start(std::unique_ptr<Store> read, std::unique_ptr<Store> settled, DispatchOptions options,
               const std::optional<EgressProxy>& proxy, DispatchObserver& observer,
               Random& random) {
    THIG_TRY_ASSIGN(reading, ReadingThread::open(std::move(read), clock_, *waker_));
    reading_ = std::move(reading);
    THIG_TRY_ASSIGN(settling, SettlingThread::open(std::move(settled), *waker_));
    settling_ = std::move(settling);
    THIG_TRY_ASSIGN(sender, open_sender(*waker_, sending_threads(), proxy));
    sender_ = std::move(sender);
    // Where that cannot be told, the first step of the dispatcher says what is wrong.
    options.clock_plausible = is_clock_plausible(store_->config(), clock_).value_or(true);
    options.processors_busy = [this] { return processors_.busy(); };
    dispatcher_.emplace(store_->queue(), *reading_, *settling_, *sender_, random, options,
                        observer);
    return {};
  }

  Store& store() override { return *store_; }
  Sender& sender() override { return *sender_; }
  Waker& waker() override { return *waker_; }
  ChangeSource& changes() override { return *changes_; }
  Dispatcher& dispatcher() override { return *dispatcher_; }

 private:
  // In the order in which they need each other: threads wake the waker, and nobody else may own the
  // queue before the last result is recorded and the store is closed.
  const SystemClock clock_;
  Ownership ownership_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ChangeSource> changes_;
  std::unique_ptr<Waker> waker_;
  std::unique_ptr<ReadingThread> reading_;
  std::unique_ptr<SettlingThread> settling_;
  std::unique_ptr<Sender> sender_;
  Processors processors_;
  std::optional<Dispatcher> dispatcher_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(const Paths& paths, StoreUse use,
                                          const std::string& os_user, Random& random,
                                          const OnUpgrade& on_upgrade) {
  SqliteOptions options;
  options.on_upgrade = on_upgrade;
  options.mask_request = mask_request;
  options.file = paths.database.file();
  options.key_file = paths.key_file;
  options.create = use == StoreUse::create;
  options.read_only = use == StoreUse::read;
  options.owner_name = os_user;
  THIG_TRY_ASSIGN(store, open_sqlite_store(options, random));
  store->on_change([database = paths.database.file()] { sqlite::ring_bell(database); });
  return store;
}

namespace {

bool is_there(const std::string& file) {
  std::error_code ignored;
  return std::filesystem::exists(file, ignored);
}

// Whether a key was made.
Result<bool> make_key(const Paths& paths, const Users& users, Store& store, Random& random) {
  THIG_TRY(store.config().reload_key());  // one that was lost, or is not this database's
  const bool missing = !is_there(paths.key_file);
  if (missing) {
    const FileOwner owner = users.group ? FileOwner::self() : FileOwner::of(paths.database.file());
    THIG_TRY(Keyring::fresh(paths.key_file, random).save(owner, random));
  }
  THIG_TRY_ASSIGN(noted, store.config().setting(key_file_setting));
  if (noted != paths.key_file) {
    THIG_TRY(store.config().put_setting(key_file_setting, paths.key_file));
  }
  return missing;
}

}  // namespace

Result<Initialised> initialise(const Paths& paths, const Users& users, Random& random) {
  SharedFiles files{.database = paths.database.file(), .key_file = paths.key_file, .group = 0};
  if (users.group) {
    THIG_TRY_ASSIGN(group, find_group(*users.group));
    files.group = group;
    THIG_TRY(check_sharable(files));
  }
  Initialised done;
  done.made_database = !is_there(files.database);
  const bool makes_key_folder = !is_there(folder_of(files.key_file));
  THIG_TRY_ASSIGN(store, open_store(paths, StoreUse::create, users.owner, random));
  THIG_TRY_ASSIGN(made_key, make_key(paths, users, *store, random));
  done.made_key = made_key;
  store.reset();
  if (users.owner_id) THIG_TRY(give_database_to(files.database, *users.owner_id));
  if (users.group) {
    THIG_TRY_ASSIGN(changed, share(files, makes_key_folder));
    done.changed = changed;
  }
  return done;
}

Result<bool> remove_unused_database(const Paths& paths) {
  return sqlite::remove_unused(paths.database.file(), clock_settings);
}

Result<std::unique_ptr<ScratchStore>> ScratchStore::make(const std::string& os_user,
                                                         Random& random) {
  THIG_TRY_ASSIGN(folder, TemporaryFolder::make("thig-hooks"));
  THIG_TRY_ASSIGN(store, open_store({.database = Location(folder.path() + "/hooks.db"),
                                     .key_file = folder.path() + "/key"},
                                    StoreUse::create, os_user, random));
  return std::unique_ptr<ScratchStore>(new ScratchStore(std::move(folder), std::move(store)));
}

Result<std::unique_ptr<Dispatching>> Dispatching::open(
    const Paths& paths, const std::string& os_user, const Standby* standby, DispatchOptions options,
    const std::optional<EgressProxy>& proxy, DispatchObserver& observer, Random& random) {
  // First of all that it is a database of ours, or becomes one: nothing is left beside other files.
  THIG_TRY(open_store(paths, StoreUse::create, os_user, random));
  THIG_TRY_ASSIGN(ownership,
                  standby ? Ownership::wait(paths.database.file(), standby->until, standby->on_look)
                          : Ownership::take(paths.database.file()));
  THIG_TRY_ASSIGN(store, open_store(paths, StoreUse::write, os_user, random));
  THIG_TRY_ASSIGN(read, open_store(paths, StoreUse::write, os_user, random));
  THIG_TRY_ASSIGN(settled, open_store(paths, StoreUse::write, os_user, random));
  THIG_TRY_ASSIGN(changes, sqlite::open_bell(paths.database.file()));
  THIG_TRY_ASSIGN(waker, make_waker());
  auto assembled = std::make_unique<Assembled>(std::move(ownership), std::move(store),
                                               std::move(changes), std::move(waker));
  THIG_TRY(assembled->start(std::move(read), std::move(settled), std::move(options), proxy,
                            observer, random));
  return assembled;
}

Result<Sending> open_sending(const std::optional<EgressProxy>& proxy) {
  THIG_TRY_ASSIGN(waker, make_waker());
  THIG_TRY_ASSIGN(sender, open_sender(*waker, 1, proxy));
  return Sending{.waker = std::move(waker), .sender = std::move(sender)};
}

std::optional<int> dispatching_pid(const Paths& paths) {
  return Ownership::holder(paths.database.file());
}

std::optional<int> acting_pid(const Paths& paths) {
  return Ownership::holder(paths.database.file(), Duty::actions);
}

DatabaseExamination examine_database(const Paths& paths, bool whole, Random& random,
                                     const std::function<bool()>& goes_on) {
  SqliteOptions options;
  options.file = paths.database.file();
  options.key_file = paths.key_file;
  options.read_only = true;
  return examine_sqlite(options, whole, random, goes_on);
}

LibraryVersions library_versions() {
  return {.sqlite = sqlite_version(),
          .curl = curl_library_version(),
          .openssl = openssl_version(),
          .idn2 = idn_library_version(),
          .boost = boost_version()};
}

const char* version() {
  return THIG_VERSION;
}

}  // namespace thig

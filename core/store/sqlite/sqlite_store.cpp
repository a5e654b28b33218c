#include "core/store/sqlite/sqlite_store.h"

#include "core/base/safe_file.h"
#include "core/store/sqlite/api_keys.h"
#include "core/store/sqlite/config.h"
#include "core/store/sqlite/history.h"
#include "core/store/sqlite/incoming_config.h"
#include "core/store/sqlite/incoming_requests.h"
#include "core/store/sqlite/intake.h"
#include "core/store/sqlite/key_check.h"
#include "core/store/sqlite/leftovers.h"
#include "core/store/sqlite/maintenance.h"
#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/queue.h"
#include "core/store/sqlite/recovery.h"
#include "core/store/sqlite/seal_existing.h"
#include "core/store/sqlite/sessions.h"
#include "core/store/sqlite/statistics.h"
#include "core/store/sqlite/test_deliveries.h"

namespace thig {

namespace {

sqlite::Ballast ballast_of(const sqlite::Connection& connection, const SqliteOptions& options) {
  return {connection.file(), options.ballast_size, options.free_space_floor};
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<sqlite::Connection> connection, const SqliteOptions& options,
              Random& random)
      : connection_(std::move(connection)),
        key_check_(*connection_),
        sealing_(key_check_, options.key_file, random),
        secrets_(*connection_, sealing_, {.name = "endpoint_secret", .owner = "endpoint_id"}),
        config_(*connection_, sealing_, secrets_),
        intake_(*connection_, options.free_space_floor, ballast_of(*connection_, options)),
        queue_(*connection_, ballast_of(*connection_, options)),
        test_deliveries_(*connection_),
        history_(*connection_),
        recovery_(*connection_),
        statistics_(*connection_),
        incoming_(*connection_, sealing_),
        requests_(*connection_, sealing_, options.free_space_floor),
        maintenance_(*connection_, ballast_of(*connection_, options), options.key_file),
        api_keys_(*connection_),
        sessions_(*connection_) {}

  void on_change(std::function<void()> announce) override {
    connection_->on_change(std::move(announce));
  }

  ConfigStore& config() override { return config_; }
  IntakeStore& intake() override { return intake_; }
  QueueStore& queue() override { return queue_; }
  TestDeliveryStore& test_deliveries() override { return test_deliveries_; }
  HistoryStore& history() override { return history_; }
  StatisticsStore& statistics() override { return statistics_; }
  RecoveryStore& recovery() override { return recovery_; }
  IncomingConfigStore& incoming() override { return incoming_; }
  IncomingRequestStore& requests() override { return requests_; }
  MaintenanceStore& maintenance() override { return maintenance_; }
  ApiKeyStore& api_keys() override { return api_keys_; }
  SessionStore& sessions() override { return sessions_; }

 private:
  std::unique_ptr<sqlite::Connection> connection_;
  sqlite::KeyCheck key_check_;
  Sealing sealing_;
  sqlite::Secrets secrets_;
  sqlite::Config config_;
  sqlite::Intake intake_;
  sqlite::Queue queue_;
  sqlite::TestDeliveries test_deliveries_;
  sqlite::History history_;
  sqlite::Recovery recovery_;
  sqlite::Statistics statistics_;
  sqlite::IncomingConfig incoming_;
  sqlite::IncomingRequests requests_;
  sqlite::Maintenance maintenance_;
  sqlite::ApiKeys api_keys_;
  sqlite::Sessions sessions_;
};

// `held` keeps others from using the database's folder, which an upgrade need not do for minutes.
sqlite::UpgradePlan upgrade_plan(const SqliteOptions& options, Random& random, bool& upgraded,
                                 FileDescriptor& held) {
  return {
      .on_begin = [&held] { held = {}; },
      .convert = [&options, &random](sqlite::Connection& connection, Upgrade& upgrade) -> Status {
        if (upgrade.from >= 4) return {};
        sqlite::KeyCheck key_check(connection);
        Sealing sealing(key_check, options.key_file, random);
        return sqlite::seal_existing(connection, sealing, options.mask_request, upgrade.notes);
      },
      .on_upgrade =
          [&options, &upgraded](const Upgrade& done) {
            upgraded = true;
            if (options.on_upgrade) options.on_upgrade(done);
          }};
}

Result<std::unique_ptr<sqlite::Connection>> open_up_to_date(const std::string& file,
                                                            const SqliteOptions& options,
                                                            Random& random, bool& upgraded) {
  const bool create = options.create && !options.read_only;
  THIG_TRY(sqlite::prepare_place(file, create));
  FileDescriptor held = sqlite::hold_place(file, options.busy_timeout);
  // A first command that failed may have removed it just before.
  THIG_TRY(sqlite::prepare_place(file, create));
  THIG_TRY_ASSIGN(connection, sqlite::Connection::open({.file = file,
                                                        .read_only = options.read_only,
                                                        .busy_timeout = options.busy_timeout,
                                                        .bounds = options.bounds}));
  sqlite::Birth birth;
  birth.owner = options.owner_name;
  if (create) birth.origin = static_cast<int>(random.bits(10));
  THIG_TRY(sqlite::bring_up_to_date(*connection, sqlite::schema_migrations(),
                                    create ? &birth : nullptr,
                                    upgrade_plan(options, random, upgraded, held)));
  return connection;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, Random& random) {
  // An absolute path also keeps SQLite from giving a meaning to names such as ":memory:".
  // The files beside it are named by it, so it has one name however it is reached.
  const std::string file = real_path(options.file);
  bool upgraded = false;
  THIG_TRY_ASSIGN(connection, open_up_to_date(file, options, random, upgraded));
  // What was sealed shall not stay behind in the journal.
  if (upgraded) THIG_TRY(connection->clear_wal());
  // Goes on with a removal that was cut off, a bit at each opening. It is no part of what is asked
  // for here, so that its failure is left to whoever does the work next.
  if (!options.read_only) (void)sqlite::delete_leftovers(*connection);
  return std::make_unique<SqliteStore>(std::move(connection), options, random);
}

}  // namespace thig

#include "core/store/sqlite/sqlite_store.h"

#include "core/base/safe_file.h"
#include "core/store/sqlite/config.h"
#include "core/store/sqlite/history.h"
#include "core/store/sqlite/incoming_config.h"
#include "core/store/sqlite/incoming_requests.h"
#include "core/store/sqlite/intake.h"
#include "core/store/sqlite/leftovers.h"
#include "core/store/sqlite/maintenance.h"
#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/ownership.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/queue.h"
#include "core/store/sqlite/recovery.h"
#include "core/store/sqlite/sealed_settings.h"
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
        sealing_(*connection_, options.key_file, random),
        secrets_(*connection_, sealing_, {.name = "endpoint_secret", .owner = "endpoint_id"}),
        config_(*connection_, sealing_, secrets_),
        intake_(*connection_, options.free_space_floor, ballast_of(*connection_, options)),
        queue_(*connection_, ballast_of(*connection_, options)),
        tests_(*connection_),
        history_(*connection_),
        recovery_(*connection_),
        statistics_(*connection_),
        incoming_(*connection_, sealing_),
        requests_(*connection_, sealing_, options.free_space_floor),
        maintenance_(*connection_, ballast_of(*connection_, options), options.key_file) {}

  void on_change(std::function<void()> announce) override {
    connection_->on_change(std::move(announce));
  }

  Status together(const std::function<Status()>& work) override { return config_.together(work); }
  Result<std::int64_t> config_version() override { return config_.config_version(); }
  Result<std::vector<Endpoint>> endpoints() override { return config_.endpoints(); }
  Result<std::vector<EndpointSummary>> endpoint_summaries() override {
    return config_.endpoint_summaries();
  }
  Result<Endpoint> find_endpoint(std::string_view name_or_id) override {
    return config_.find_endpoint(name_or_id);
  }
  Result<std::vector<Secret>> secrets(EndpointId id, Time now) override {
    return config_.secrets(id, now);
  }
  Status open_headers(Endpoint& endpoint) override { return config_.open_headers(endpoint); }
  Status add_endpoint(const Endpoint& endpoint, const Secret& secret, Time now,
                      std::span<const NewEvent> raised) override {
    return config_.add_endpoint(endpoint, secret, now, raised);
  }
  Status update_endpoint(const Endpoint& endpoint, Time now,
                         std::span<const NewEvent> raised) override {
    return config_.update_endpoint(endpoint, now, raised);
  }
  Status set_endpoint_state(EndpointId id, EndpointState state, DisabledBy by,
                            std::string_view reason, Time now,
                            std::span<const NewEvent> raised) override {
    return config_.set_endpoint_state(id, state, by, reason, now, raised);
  }
  Status remove_endpoint(EndpointId id, Time now, std::span<const NewEvent> raised) override {
    return config_.remove_endpoint(id, now, raised);
  }
  Status rotate_secret(EndpointId id, const Secret& fresh, std::optional<Time> old_until, Time now,
                       std::span<const NewEvent> raised) override {
    return config_.rotate_secret(id, fresh, old_until, now, raised);
  }
  Result<std::vector<Member>> members() override { return config_.members(); }
  Status put_member(const Member& member) override { return config_.put_member(member); }
  Status remove_member(std::string_view name) override { return config_.remove_member(name); }
  Status record_audit(const AuditEntry& entry) override { return config_.record_audit(entry); }
  Result<std::vector<AuditEntry>> audit(const AuditFilter& filter) override {
    return config_.audit(filter);
  }
  Result<std::vector<EventType>> own_event_types() override { return config_.own_event_types(); }
  Status put_event_type(const EventType& type, Time now) override {
    return config_.put_event_type(type, now);
  }
  Status remove_event_type(std::string_view name, Time now) override {
    return config_.remove_event_type(name, now);
  }
  Result<std::string> setting(std::string_view name) override { return config_.setting(name); }
  Status put_setting(std::string_view name, std::string_view value) override {
    return config_.put_setting(name, value);
  }

  Result<std::vector<EventId>> accept(std::span<const NewEvent> events, Time now,
                                      std::int64_t config_version, Portion portion) override {
    return intake_.accept(events, now, config_version, portion);
  }

  Result<std::int64_t> data_version() override { return queue_.data_version(); }
  Result<std::vector<LaneHead>> lanes() override { return queue_.lanes(); }
  Result<std::vector<QueuedDelivery>> read_due(EndpointId endpoint,
                                               const std::optional<LaneCursor>& after, Time now,
                                               std::size_t limit, std::size_t most_bytes) override {
    return queue_.read_due(endpoint, after, now, limit, most_bytes);
  }
  Result<EndpointHealth> health(EndpointId endpoint) override { return queue_.health(endpoint); }
  Result<Time> time_floor(Time wall) override { return queue_.time_floor(wall); }
  Status settle(const SettleBatch& batch, Time now) override { return queue_.settle(batch, now); }

  Result<Event> begin_test(EndpointId endpoint, std::string_view type, std::string_view data,
                           Time now) override {
    return tests_.begin_test(endpoint, type, data, now);
  }
  Status finish_test(DeliveryId id, const Attempt& attempt, Time now) override {
    return tests_.finish_test(id, attempt, now);
  }

  Result<DeliveryPage> search(const DeliveryFilter& filter) override {
    return history_.search(filter);
  }
  Result<Timeline> timeline(DeliveryId id) override { return history_.timeline(id); }
  Result<std::vector<EndpointStats>> stats(std::optional<Time> since) override {
    return history_.stats(since);
  }
  Result<Event> event(EventId id) override { return history_.event(id); }

  Result<std::vector<Retried>> retry(std::span<const DeliveryId> ids, Time due_at) override {
    return recovery_.retry(ids, due_at);
  }
  Result<CancelledPart> cancel(std::span<const DeliveryId> ids, Time now, Unfit unfit) override {
    return recovery_.cancel(ids, now, unfit);
  }
  Result<EndedPart> count_ended(const EndedRange& range, std::size_t limit) override {
    return recovery_.count_ended(range, limit);
  }
  Result<EndedPart> requeue_ended(const EndedRange& range, std::span<const Time> due) override {
    return recovery_.requeue_ended(range, due);
  }
  Result<PendingPart> count_pending(const PendingRange& range, std::size_t limit) override {
    return recovery_.count_pending(range, limit);
  }
  Result<PendingPart> cancel_pending(const PendingRange& range, std::size_t limit,
                                     Time now) override {
    return recovery_.cancel_pending(range, limit, now);
  }
  Result<Activity> activity(std::optional<EndpointId> endpoint, Time since) override {
    return statistics_.activity(endpoint, since);
  }
  Result<std::vector<EndpointFailures>> failures(Time since) override {
    return statistics_.failures(since);
  }
  Result<EndpointStats> stats_of(EndpointId endpoint, std::optional<Time> since) override {
    return statistics_.stats_of(endpoint, since);
  }

  Result<std::vector<IncomingHook>> incoming_hooks() override { return incoming_.hooks(); }
  Result<IncomingHook> find_incoming(std::string_view name_or_id) override {
    return incoming_.find(name_or_id);
  }
  Status add_incoming(const IncomingHook& hook, const Secret& token,
                      const std::optional<Secret>& secret, Time now,
                      std::span<const NewEvent> raised) override {
    return incoming_.add(hook, token, secret, now, raised);
  }
  Status update_incoming(const IncomingHook& hook, const std::optional<Secret>& secret, Time now,
                         std::span<const NewEvent> raised) override {
    return incoming_.update(hook, secret, now, raised);
  }
  Status remove_incoming(IncomingHookId id, Time now, std::span<const NewEvent> raised) override {
    return incoming_.remove(id, now, raised);
  }
  Result<std::vector<Secret>> incoming_secrets(IncomingHookId id, Time now) override {
    return incoming_.secrets(id, now);
  }
  Status open_verify_token(IncomingHook& hook) override {
    return incoming_.open_verify_token(hook);
  }
  Result<std::vector<Secret>> incoming_tokens(IncomingHookId id, Time now) override {
    return incoming_.tokens(id, now);
  }
  Status rotate_incoming_secret(IncomingHookId id, const Secret& fresh,
                                std::optional<Time> old_until, Time now,
                                std::span<const NewEvent> raised) override {
    return incoming_.rotate_secret(id, fresh, old_until, now, raised);
  }
  Status rotate_incoming_token(IncomingHookId id, const Secret& fresh,
                               std::optional<Time> old_until, Time now,
                               std::span<const NewEvent> raised) override {
    return incoming_.rotate_token(id, fresh, old_until, now, raised);
  }
  Result<std::vector<TokenHash>> token_hashes(Time now) override {
    return incoming_.token_hashes(now);
  }
  Result<std::vector<Received>> receive(std::span<const ArrivedRequest> requests,
                                        Time now) override {
    return requests_.receive(requests, now);
  }
  Result<bool> own_actions() override {
    if (actions_) return true;
    auto owned = Ownership::take(connection_->file(), Duty::actions);
    if (!owned && owned.error().code == ErrorCode::busy) return false;
    if (!owned) return std::unexpected(std::move(owned).error());
    actions_ = std::move(*owned);
    return true;
  }
  Result<std::vector<IncomingRequest>> pending_requests(const std::optional<RequestId>& after,
                                                        std::size_t limit) override {
    return requests_.pending(after, limit);
  }
  Result<std::vector<IncomingRequest>> pending_requests_of(IncomingHookId hook,
                                                           std::size_t limit) override {
    return requests_.pending_of(hook, limit);
  }
  Result<int> begin_command(RequestId id) override { return requests_.begin_command(id); }
  Result<std::vector<EventId>> finish_requests(std::span<const EndedRequest> ended, Time now,
                                               std::int64_t config_version,
                                               std::size_t kept_body) override {
    return requests_.finish(ended, now, config_version, kept_body);
  }
  Result<std::vector<IncomingRequest>> requests(const RequestFilter& filter) override {
    return requests_.list(filter);
  }
  Result<IncomingRequest> request(RequestId id) override { return requests_.one(id); }
  Result<IncomingRequest> unmasked_request(RequestId id) override { return requests_.unmasked(id); }
  Status requeue_request(RequestId id, Time) override { return requests_.requeue(id); }
  Result<std::vector<IncomingStats>> incoming_stats() override { return requests_.stats(); }
  Result<std::vector<Project>> projects(std::size_t limit) override {
    return requests_.projects(limit);
  }
  Result<Project> find_project(std::string_view name_or_id) override {
    return requests_.find_project(name_or_id);
  }
  Result<std::vector<Note>> notes(ProjectId project) override { return requests_.notes(project); }

  Status reload_key() override { return config_.reload_key(); }
  Result<DatabaseSize> database_size() override { return maintenance_.database_size(); }
  Result<HistoryStep> prune_history(EventId from, EventId before, std::size_t most) override {
    return maintenance_.prune_history(from, before, most);
  }
  Result<HistoryStep> count_history(EventId from, EventId before, std::size_t most) override {
    return maintenance_.count_history(from, before, most);
  }
  Result<PruneCounts> prune_figures(Time before, Time now, std::size_t most) override {
    return maintenance_.prune_figures(before, now, most);
  }
  Result<bool> shrink(Millis longest) override { return maintenance_.shrink(longest); }
  Result<RecordedPage> recorded(EventId from) override { return maintenance_.recorded(from); }
  Result<ErasedPart> erase(std::span<const EventId> events,
                           std::span<const RequestId> requests) override {
    return maintenance_.erase(events, requests);
  }
  Result<std::int64_t> repair_clock(Time now) override { return maintenance_.repair_clock(now); }
  Result<bool> clear_journal() override { return maintenance_.clear_journal(); }
  Result<BackupReport> back_up(const BackupOptions& options) override {
    return maintenance_.back_up(options);
  }

 private:
  std::unique_ptr<sqlite::Connection> connection_;
  sqlite::Sealing sealing_;
  sqlite::Secrets secrets_;
  sqlite::Config config_;
  sqlite::Intake intake_;
  sqlite::Queue queue_;
  sqlite::Tests tests_;
  sqlite::History history_;
  sqlite::Recovery recovery_;
  sqlite::Statistics statistics_;
  sqlite::IncomingConfig incoming_;
  sqlite::IncomingRequests requests_;
  sqlite::Maintenance maintenance_;
  std::optional<Ownership> actions_;
};

sqlite::UpgradePlan upgrade_plan(const SqliteOptions& options, Random& random, bool& upgraded) {
  return {
      .convert = [&options, &random](sqlite::Connection& connection, Upgrade& upgrade) -> Status {
        if (upgrade.from >= 4) return {};
        sqlite::Sealing sealing(connection, options.key_file, random);
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
  THIG_TRY_ASSIGN(connection, sqlite::Connection::open({.file = file,
                                                        .read_only = options.read_only,
                                                        .busy_timeout = options.busy_timeout,
                                                        .bounds = options.bounds}));
  sqlite::Birth birth;
  birth.owner = options.owner_name;
  if (create) birth.origin = static_cast<int>(random.bits(10));
  THIG_TRY(sqlite::bring_up_to_date(*connection, sqlite::schema_migrations(),
                                    create ? &birth : nullptr,
                                    upgrade_plan(options, random, upgraded)));
  return connection;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, Random& random) {
  // An absolute path also keeps SQLite from giving a meaning to names such as ":memory:".
  // The files beside it are named by it, so it has one name however it is reached.
  const std::string file = real_path(options.file);
  const bool create = options.create && !options.read_only;
  bool upgraded = false;
  THIG_TRY_ASSIGN(connection, open_up_to_date(file, options, random, upgraded));
  // A first command that failed may have removed it just now (unused.h): then it is made again.
  for (int tries = 0; create && tries < 3 && !connection->check_in_place(); ++tries) {
    connection.reset();
    THIG_TRY_ASSIGN(another, open_up_to_date(file, options, random, upgraded));
    connection = std::move(another);
  }
  // What was sealed shall not stay behind in the journal.
  if (upgraded) THIG_TRY(connection->clear_wal());
  // Goes on with a removal that was cut off, a bit at each opening. It is no part of what is asked
  // for here, so that its failure is left to whoever does the work next.
  if (!options.read_only) (void)sqlite::delete_leftovers(*connection);
  return std::make_unique<SqliteStore>(std::move(connection), options, random);
}

}  // namespace thig

// A store that hands everything on to another one: what it is to do differently, such as failing, a
// test overrides.
#pragma once

#include "core/store/store.h"

#include <utility>

namespace thig {

class ForwardingStore : public Store {
 public:
  // `inner` must outlive it.
  explicit ForwardingStore(Store& inner) : inner_(inner) {}

  Status together(const std::function<Status()>& work) override { return inner_.together(work); }
  Result<std::int64_t> config_version() override { return inner_.config_version(); }
  Result<std::vector<Endpoint>> endpoints() override { return inner_.endpoints(); }
  Result<std::vector<EndpointSummary>> endpoint_summaries() override {
    return inner_.endpoint_summaries();
  }
  Result<Endpoint> find_endpoint(std::string_view name_or_id) override {
    return inner_.find_endpoint(name_or_id);
  }
  Result<std::vector<Secret>> secrets(EndpointId id, Time now) override {
    return inner_.secrets(id, now);
  }
  Status open_headers(Endpoint& endpoint) override { return inner_.open_headers(endpoint); }
  Status add_endpoint(const Endpoint& endpoint, const Secret& secret, Time now,
                      std::span<const NewEvent> raised) override {
    return inner_.add_endpoint(endpoint, secret, now, raised);
  }
  Status update_endpoint(const Endpoint& endpoint, Time now,
                         std::span<const NewEvent> raised) override {
    return inner_.update_endpoint(endpoint, now, raised);
  }
  Status set_endpoint_state(EndpointId id, EndpointState state, DisabledBy by,
                            std::string_view reason, Time now,
                            std::span<const NewEvent> raised) override {
    return inner_.set_endpoint_state(id, state, by, reason, now, raised);
  }
  Status remove_endpoint(EndpointId id, Time now, std::span<const NewEvent> raised) override {
    return inner_.remove_endpoint(id, now, raised);
  }
  Status rotate_secret(EndpointId id, const Secret& fresh, std::optional<Time> old_until, Time now,
                       std::span<const NewEvent> raised) override {
    return inner_.rotate_secret(id, fresh, old_until, now, raised);
  }
  Result<std::vector<Member>> members() override { return inner_.members(); }
  Status put_member(const Member& member) override { return inner_.put_member(member); }
  Status remove_member(std::string_view name) override { return inner_.remove_member(name); }
  Status record_audit(const AuditEntry& entry) override { return inner_.record_audit(entry); }
  Result<std::vector<AuditEntry>> audit(const AuditFilter& filter) override {
    return inner_.audit(filter);
  }
  Result<std::vector<EventType>> own_event_types() override { return inner_.own_event_types(); }
  Status put_event_type(const EventType& type, Time now) override {
    return inner_.put_event_type(type, now);
  }
  Status remove_event_type(std::string_view name, Time now) override {
    return inner_.remove_event_type(name, now);
  }
  Status reload_key() override { return inner_.reload_key(); }
  Result<std::string> setting(std::string_view name) override { return inner_.setting(name); }
  Status put_setting(std::string_view name, std::string_view value) override {
    return inner_.put_setting(name, value);
  }
  Result<std::vector<EventId>> accept(std::span<const NewEvent> events, Time now,
                                      std::int64_t config_version, Portion portion) override {
    return inner_.accept(events, now, config_version, portion);
  }
  Result<std::int64_t> data_version() override { return inner_.data_version(); }
  Result<std::vector<LaneHead>> lanes() override { return inner_.lanes(); }
  Result<std::vector<QueuedDelivery>> read_due(EndpointId endpoint,
                                               const std::optional<LaneCursor>& after, Time now,
                                               std::size_t limit, std::size_t most_bytes) override {
    return inner_.read_due(endpoint, after, now, limit, most_bytes);
  }
  Result<EndpointHealth> health(EndpointId endpoint) override { return inner_.health(endpoint); }
  Result<Time> time_floor(Time wall) override { return inner_.time_floor(wall); }
  Status settle(const SettleBatch& batch, Time now) override { return inner_.settle(batch, now); }
  Result<Event> begin_test(EndpointId endpoint, std::string_view type, std::string_view data,
                           Time now) override {
    return inner_.begin_test(endpoint, type, data, now);
  }
  Status finish_test(DeliveryId id, const Attempt& attempt, Time now) override {
    return inner_.finish_test(id, attempt, now);
  }
  Result<DeliveryPage> search(const DeliveryFilter& filter) override {
    return inner_.search(filter);
  }
  Result<Timeline> timeline(DeliveryId id) override { return inner_.timeline(id); }
  Result<std::vector<EndpointStats>> stats(std::optional<Time> since) override {
    return inner_.stats(since);
  }
  Result<Event> event(EventId id) override { return inner_.event(id); }
  void on_change(std::function<void()> announce) override { inner_.on_change(std::move(announce)); }
  Result<Activity> activity(std::optional<EndpointId> endpoint, Time since) override {
    return inner_.activity(endpoint, since);
  }
  Result<std::vector<EndpointFailures>> failures(Time since) override {
    return inner_.failures(since);
  }
  Result<EndpointStats> stats_of(EndpointId endpoint, std::optional<Time> since) override {
    return inner_.stats_of(endpoint, since);
  }
  Result<std::vector<IncomingHook>> incoming_hooks() override { return inner_.incoming_hooks(); }
  Result<IncomingHook> find_incoming(std::string_view name_or_id) override {
    return inner_.find_incoming(name_or_id);
  }
  Status add_incoming(const IncomingHook& hook, const Secret& token,
                      const std::optional<Secret>& secret, Time now,
                      std::span<const NewEvent> raised) override {
    return inner_.add_incoming(hook, token, secret, now, raised);
  }
  Status update_incoming(const IncomingHook& hook, const std::optional<Secret>& secret, Time now,
                         std::span<const NewEvent> raised) override {
    return inner_.update_incoming(hook, secret, now, raised);
  }
  Status remove_incoming(IncomingHookId id, Time now, std::span<const NewEvent> raised) override {
    return inner_.remove_incoming(id, now, raised);
  }
  Result<std::vector<Secret>> incoming_secrets(IncomingHookId id, Time now) override {
    return inner_.incoming_secrets(id, now);
  }
  Result<std::vector<Secret>> incoming_tokens(IncomingHookId id, Time now) override {
    return inner_.incoming_tokens(id, now);
  }
  Status open_verify_token(IncomingHook& hook) override { return inner_.open_verify_token(hook); }
  Status rotate_incoming_secret(IncomingHookId id, const Secret& fresh,
                                std::optional<Time> old_until, Time now,
                                std::span<const NewEvent> raised) override {
    return inner_.rotate_incoming_secret(id, fresh, old_until, now, raised);
  }
  Status rotate_incoming_token(IncomingHookId id, const Secret& fresh,
                               std::optional<Time> old_until, Time now,
                               std::span<const NewEvent> raised) override {
    return inner_.rotate_incoming_token(id, fresh, old_until, now, raised);
  }
  Result<std::vector<TokenHash>> token_hashes(Time now) override {
    return inner_.token_hashes(now);
  }
  Result<std::vector<Received>> receive(std::span<const ArrivedRequest> requests,
                                        Time now) override {
    return inner_.receive(requests, now);
  }
  Result<bool> own_actions() override { return inner_.own_actions(); }
  Result<std::vector<IncomingRequest>> pending_requests(const std::optional<RequestId>& after,
                                                        std::size_t limit) override {
    return inner_.pending_requests(after, limit);
  }
  Result<std::vector<IncomingRequest>> pending_requests_of(IncomingHookId hook,
                                                           std::size_t limit) override {
    return inner_.pending_requests_of(hook, limit);
  }
  Result<int> begin_command(RequestId id) override { return inner_.begin_command(id); }
  Result<std::vector<EventId>> finish_requests(std::span<const EndedRequest> ended, Time now,
                                               std::int64_t config_version,
                                               std::size_t kept_body) override {
    return inner_.finish_requests(ended, now, config_version, kept_body);
  }
  Result<std::vector<IncomingRequest>> requests(const RequestFilter& filter) override {
    return inner_.requests(filter);
  }
  Result<IncomingRequest> request(RequestId id) override { return inner_.request(id); }
  Result<IncomingRequest> unmasked_request(RequestId id) override {
    return inner_.unmasked_request(id);
  }
  Status requeue_request(RequestId id, Time now) override {
    return inner_.requeue_request(id, now);
  }
  Result<std::vector<IncomingStats>> incoming_stats() override { return inner_.incoming_stats(); }
  Result<std::vector<Project>> projects(std::size_t limit) override {
    return inner_.projects(limit);
  }
  Result<Project> find_project(std::string_view name_or_id) override {
    return inner_.find_project(name_or_id);
  }
  Result<std::vector<Note>> notes(ProjectId project) override { return inner_.notes(project); }
  Result<DatabaseSize> database_size() override { return inner_.database_size(); }
  Result<HistoryStep> prune_history(EventId from, EventId before, std::size_t most) override {
    return inner_.prune_history(from, before, most);
  }
  Result<HistoryStep> count_history(EventId from, EventId before, std::size_t most) override {
    return inner_.count_history(from, before, most);
  }
  Result<PruneCounts> prune_figures(Time before, Time now, std::size_t most) override {
    return inner_.prune_figures(before, now, most);
  }
  Result<bool> shrink(Millis longest) override { return inner_.shrink(longest); }
  Result<RecordedPage> recorded(EventId from) override { return inner_.recorded(from); }
  Result<ErasedPart> erase(std::span<const EventId> events,
                           std::span<const RequestId> requests) override {
    return inner_.erase(events, requests);
  }
  Result<bool> clear_journal() override { return inner_.clear_journal(); }
  Result<std::int64_t> repair_clock(Time now) override { return inner_.repair_clock(now); }
  Result<BackupReport> back_up(const BackupOptions& options) override {
    return inner_.back_up(options);
  }
  Result<std::vector<Retried>> retry(std::span<const DeliveryId> ids, Time due_at) override {
    return inner_.retry(ids, due_at);
  }
  Result<CancelledPart> cancel(std::span<const DeliveryId> ids, Time now, Unfit unfit) override {
    return inner_.cancel(ids, now, unfit);
  }
  Result<EndedPart> count_ended(const EndedRange& range, std::size_t limit) override {
    return inner_.count_ended(range, limit);
  }
  Result<EndedPart> requeue_ended(const EndedRange& range, std::span<const Time> due) override {
    return inner_.requeue_ended(range, due);
  }
  Result<PendingPart> count_pending(const PendingRange& range, std::size_t limit) override {
    return inner_.count_pending(range, limit);
  }
  Result<PendingPart> cancel_pending(const PendingRange& range, std::size_t limit,
                                     Time now) override {
    return inner_.cancel_pending(range, limit, now);
  }

 protected:
  Store& inner_;
};

}  // namespace thig

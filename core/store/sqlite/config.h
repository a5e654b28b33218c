// ConfigStore on SQLite.
#pragma once

#include "core/store/config_store.h"
#include "core/store/sqlite/secrets.h"

namespace thig::sqlite {

class Config final : public ConfigStore {
 public:
  Config(Connection& connection, Sealing& sealing, Secrets& secrets)
      : connection_(connection), sealing_(sealing), secrets_(secrets) {}

  Status in_transaction(const std::function<Status()>& work) override;
  Result<std::int64_t> config_version() override;
  Result<std::vector<Endpoint>> endpoints() override;
  Result<std::vector<std::optional<Endpoint>>> endpoints(std::span<const EndpointId> ids) override;
  Result<std::vector<EndpointSummary>> endpoint_summaries() override;
  Status each_endpoint_summary(bool events,
                               const std::function<void(EndpointSummary)>& take) override;
  Result<std::vector<EndpointSummary>> endpoint_summaries(std::span<const EndpointId> ids) override;
  Result<std::vector<EndpointRoute>> routes() override;
  Result<Endpoint> find_endpoint(std::string_view name_or_id) override;
  Result<std::vector<Secret>> secrets(EndpointId id, Time now) override;
  Result<std::vector<Result<EndpointKeys>>> keys(std::span<const EndpointId> endpoints,
                                                 Time now) override;
  Status open_headers(Endpoint& endpoint) override;
  Status add_endpoint(const Endpoint& endpoint, const Secret& secret, Time now,
                      std::span<const NewEvent> raised) override;
  Status update_endpoint(const Endpoint& endpoint, Time now,
                         std::span<const NewEvent> raised) override;
  Result<std::optional<Time>> paused_until(EndpointId id) override;
  Status set_endpoint_state(EndpointId id, EndpointState state, DisabledBy by,
                            std::string_view reason, Time now,
                            std::span<const NewEvent> raised) override;
  Status remove_endpoint(EndpointId id, Time now, std::span<const NewEvent> raised) override;
  Status rotate_secret(EndpointId id, const Secret& fresh, std::optional<Time> old_until, Time now,
                       std::span<const NewEvent> raised) override;
  Result<std::vector<Member>> members() override;
  Status put_member(const Member& member) override;
  Status remove_member(std::string_view name) override;
  Status record_audit(const AuditEntry& entry) override;
  Result<std::vector<AuditEntry>> audit(const AuditFilter& filter) override;
  Result<std::vector<EventType>> own_event_types() override;
  Status put_event_type(const EventType& type, Time now) override;
  Status remove_event_type(std::string_view name, Time now) override;
  Status reload_key() override { return sealing_.reload_key(); }
  Result<std::string> setting(std::string_view name) override;
  Status put_setting(std::string_view name, std::string_view value) override;

 private:
  Result<EndpointKeys> keys_of(EndpointId id, Time now);
  Status check_new(const Endpoint& endpoint);
  Status check_owned();

  Connection& connection_;
  Sealing& sealing_;
  Secrets& secrets_;
};

}  // namespace thig::sqlite

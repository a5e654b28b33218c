#include "core/dispatch/reader.h"

namespace thig {
namespace {

Result<Configuration> load_configuration(ConfigStore& config, QueueStore& queue,
                                         const std::vector<EndpointEpoch>& lanes) {
  Configuration loaded;
  // Its version is read first: what comes between is looked at again.
  THIG_TRY_ASSIGN(router, Router::load(config));
  loaded.router = std::move(router);
  loaded.enabled = loaded.router.enabled();
  std::vector<EndpointId> ids;
  for (const EndpointEpoch& lane : lanes) ids.push_back(lane.id);
  THIG_TRY_ASSIGN(endpoints, config.endpoints(ids));
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    auto& settings = loaded.lanes.emplace_back(std::move(endpoints[i]), EndpointHealth{});
    if (!settings.endpoint || settings.endpoint->epoch == lanes[i].epoch) continue;
    THIG_TRY_ASSIGN(health, queue.health(lanes[i].id));
    settings.health = health;
  }
  return loaded;
}

Result<Seen> poll(ConfigStore& config, QueueStore& queue, const Clock& clock,
                  const PollWanted& wanted) {
  const Millis began = clock.now().steady;
  Sight sight;
  THIG_TRY_ASSIGN(version, config.config_version());
  sight.config_version = version;
  if (version != wanted.config_version) {
    if (!wanted.lanes) return sight;
    THIG_TRY_ASSIGN(loaded, load_configuration(config, queue, *wanted.lanes));
    sight.configuration = std::move(loaded);
  }
  THIG_TRY_ASSIGN(floor, queue.time_floor(wanted.wall));
  sight.floor = floor;
  THIG_TRY_ASSIGN(heads, queue.lanes());
  sight.heads = std::move(heads);
  sight.took = clock.now().steady - began;
  return sight;
}

Result<Seen> read_lanes(ConfigStore& config, QueueStore& queue, const LanesWanted& wanted) {
  std::vector<LaneRead> lanes(wanted.lanes.size());
  std::vector<DueRead> pages;
  std::vector<EndpointId> keyless, fresh;
  for (const LaneWanted& lane : wanted.lanes) {
    if (lane.settings) fresh.push_back(lane.rows.endpoint);
    if (lane.keys) keyless.push_back(lane.rows.endpoint);
    if (lane.rows.limit > 0) pages.push_back(lane.rows);
  }
  THIG_TRY_ASSIGN(endpoints, config.endpoints(fresh));
  THIG_TRY_ASSIGN(healths, queue.healths(fresh));
  THIG_TRY_ASSIGN(keys, config.keys(keyless, wanted.wall));
  THIG_TRY_ASSIGN(rows, queue.due_pages(pages, wanted.due, wanted.most_bytes));
  std::size_t nth_fresh = 0;
  auto key = keys.begin();
  auto page = rows.begin();
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (wanted.lanes[i].settings) {
      lanes[i].endpoint = std::move(endpoints[nth_fresh]);
      lanes[i].health = healths[nth_fresh++];
    }
    if (wanted.lanes[i].keys) lanes[i].keys = std::move(*key++);
    if (wanted.lanes[i].rows.limit > 0 && page != rows.end()) lanes[i].page = std::move(*page++);
  }
  return lanes;
}

}  // namespace

Result<Seen> read(ConfigStore& config, QueueStore& queue, const Clock& clock,
                  const Wanted& wanted) {
  if (const auto* wish = std::get_if<PollWanted>(&wanted)) return poll(config, queue, clock, *wish);
  return read_lanes(config, queue, std::get<LanesWanted>(wanted));
}

}  // namespace thig

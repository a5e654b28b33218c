// Who reads for the dispatcher, so that it need not wait for the database.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/dispatch/router.h"
#include "core/store/config_store.h"
#include "core/store/queue_store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace thig {

// A poll: who has something pending, and what has changed.
struct PollWanted {
  Time wall{};
  std::int64_t config_version = -1;  // the one that is known
  // The lanes, and under which epochs, if the configuration is to be read where it is another.
  std::optional<std::vector<EndpointEpoch>> lanes;
};
struct Configuration {
  Router router;
  std::vector<EndpointId> enabled;  // webhooks, by id
  struct Settings {
    std::optional<Endpoint> endpoint;  // nothing: it was removed
    EndpointHealth health;             // where its epoch is another
  };
  std::vector<Settings> lanes;  // in their order
};
struct Sight {
  std::int64_t config_version = -1;
  // Where its version is another than the one that is known and it was to be read. If it was not,
  // there is nothing more.
  std::optional<Configuration> configuration;
  Time floor{};  // QueueStore::time_floor
  std::vector<LaneHead> heads;
  Millis took{0};
};

// What lanes want.
struct LaneWanted {
  DueRead rows;  // a limit of 0: none
  bool keys = false;
  bool settings = false;  // there is no lane yet
};
struct LanesWanted {
  std::vector<LaneWanted> lanes;
  Time wall{};
  Time due{};  // up to when
  std::size_t most_bytes = 0;
};
struct LaneRead {
  // Nothing where none were wanted, or where the bodies of those before came to `most_bytes`.
  std::optional<DuePage> page;
  std::optional<Result<EndpointKeys>> keys;
  std::optional<Endpoint> endpoint;  // or where it was removed
  EndpointHealth health;
};

using Wanted = std::variant<PollWanted, LanesWanted>;
using Seen = std::variant<Sight, std::vector<LaneRead>>;  // the one that was wanted
// Lanes are answered in their order.
Result<Seen> read(ConfigStore& config, QueueStore& queue, const Clock& clock, const Wanted& wanted);

// One thing is under way at a time.
//
// Thread: all calls by one.
class StoreReader {
 public:
  virtual ~StoreReader() = default;
  // Never waits.
  virtual void start(Wanted wanted) = 0;
  // Its result, once; nothing while it is under way.
  virtual std::optional<Result<Seen>> take() = 0;
};

// Reads at once, on the caller's thread.
class DirectReader final : public StoreReader {
 public:
  DirectReader(ConfigStore& config, QueueStore& queue, const Clock& clock)
      : config_(config), queue_(queue), clock_(clock) {}

  void start(Wanted wanted) override { seen_ = read(config_, queue_, clock_, wanted); }
  std::optional<Result<Seen>> take() override { return std::exchange(seen_, std::nullopt); }

 private:
  ConfigStore& config_;
  QueueStore& queue_;
  const Clock& clock_;
  std::optional<Result<Seen>> seen_;
};

}  // namespace thig

#include "core/api/test_series.h"

#include "core/api/webhook_query.h"
#include "core/setup/webhooks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t tests_at_once = 16;
constexpr Millis look_at_stop{100};

// What is wrong with one webhook here, and no reason to leave out the others.
bool is_its_own(ErrorCode code) {
  return code == ErrorCode::file || code == ErrorCode::invalid || code == ErrorCode::key;
}

// A test that could not begin: with nothing sent, and nothing recorded.
Result<TestReport> not_begun(const SeriesParts& parts, const std::string& id, const Error& error) {
  THIG_TRY_ASSIGN(endpoint, find_webhook(parts.store.config(), id));
  const Time now = parts.clock.now().wall;
  const std::string_view type = parts.sample.type;
  THIG_TRY_ASSIGN(data, test_data(&parts.store.config(), endpoint, type, parts.sample.data));
  endpoint.headers.clear();  // they are sealed still
  Probe probe = make_probe(endpoint, {}, unrecorded_event(type, data, now, parts.random), now);
  Finished finished{.ticket = 0,
                    .outcome = TransportFailed{FailureKind::local, error.text, Fault::own_files},
                    .timing = {},
                    .address = {},
                    .reached = Phase::look_up,
                    .observation = std::make_shared<const Observation>()};
  return TestReport{.test = {.endpoint = std::move(endpoint), .probe = std::move(probe), .at = now},
                    .finished = std::move(finished),
                    .at = now};
}

class Series {
 public:
  Series(std::span<const EndpointId> webhooks, const SeriesParts& parts,
         const std::function<void(std::size_t)>& on_report)
      : webhooks_(webhooks), parts_(parts), on_report_(on_report), reports_(webhooks.size()) {}

  Result<std::vector<TestReport>> run() {
    std::optional<Error> failed;
    while (!under_way_.empty() || (next_ < webhooks_.size() && !failed)) {
      while (!failed && next_ < webhooks_.size() && under_way_.size() < tests_at_once) {
        if (auto begun = begin_next(); !begun) failed = begun.error();
      }
      if (!failed && parts_.stop) {
        failed = Error{ErrorCode::interrupted, "interrupted before all were tested", {}};
      }
      // What is recorded as begun gets its end, whatever happened.
      if (failed && !interrupted_) parts_.sender.interrupt();
      interrupted_ = failed.has_value();
      if (auto taken = take(); !taken && !failed) failed = taken.error();
    }
    if (failed) return std::unexpected(std::move(*failed));
    std::vector<TestReport> all;
    for (auto& report : reports_) all.push_back(std::move(*report));
    return all;
  }

 private:
  Status begin_next() {
    const std::size_t index = next_++;
    const std::string id = to_text(webhooks_[index]);
    auto test =
        begin_webhook_test(parts_.store, parts_.actor, id, parts_.sample, parts_.clock.now().wall);
    if (test) {
      parts_.sender.start(probe_request(test->probe, index));
      under_way_.emplace(index, std::move(*test));
      return {};
    }
    if (!is_its_own(test.error().code)) return std::unexpected(std::move(test).error());
    THIG_TRY_ASSIGN(report, not_begun(parts_, id, test.error()));
    end(index, std::move(report));
    return {};
  }

  // Waits for those that end, if any is under way.
  Status take() {
    finished_.clear();
    parts_.sender.take(finished_);
    if (finished_.empty() && !under_way_.empty()) parts_.waker.wait(look_at_stop);
    Status all;
    for (Finished& one : finished_) {
      auto node = under_way_.extract(static_cast<std::size_t>(one.ticket));
      if (!node) continue;
      const std::size_t index = node.key();
      auto report = conclude_test(std::move(node.mapped()), std::move(one), &parts_.store,
                                  parts_.clock.now().wall);
      if (report) {
        end(index, std::move(*report));
      } else if (all) {
        all = std::unexpected(std::move(report).error());
      }
    }
    return all;
  }

  void end(std::size_t index, TestReport report) {
    reports_[index] = std::move(report);
    if (on_report_) on_report_(++ended_);
  }

  std::span<const EndpointId> webhooks_;
  const SeriesParts& parts_;
  const std::function<void(std::size_t)>& on_report_;
  std::vector<std::optional<TestReport>> reports_;
  std::map<std::size_t, PreparedTest> under_way_;
  std::vector<Finished> finished_;
  std::size_t next_ = 0;
  std::size_t ended_ = 0;
  bool interrupted_ = false;
};

}  // namespace

Result<std::vector<EndpointId>> webhooks_to_test(Store& store, std::span<const std::string> words) {
  std::vector<EndpointId> ids;
  for (const std::string& word : words) {
    THIG_TRY_ASSIGN(found, find_webhooks(store, {&word, 1}));
    bool known = false;
    for (const AnyWebhook& webhook : found) {
      const auto* endpoint = std::get_if<Endpoint>(&webhook);
      if (endpoint == nullptr) continue;
      known = true;
      if (std::ranges::find(ids, endpoint->id) == ids.end()) ids.push_back(endpoint->id);
    }
    if (known) continue;
    if (is_webhook_pattern(word)) {
      return fail(ErrorCode::not_found, fmt::format("no outgoing webhook matches {}", word));
    }
    return fail(ErrorCode::usage,
                fmt::format("{} is an incoming webhook: only outgoing ones are tested", word));
  }
  return ids;
}

Result<std::vector<EndpointId>> enabled_webhooks(Store& store) {
  THIG_TRY_ASSIGN(all, store.config().endpoint_summaries());
  std::erase_if(all, [](const auto& one) { return one.state != EndpointState::enabled; });
  std::ranges::sort(all, {}, &EndpointSummary::name);
  std::vector<EndpointId> ids;
  ids.reserve(all.size());
  for (const EndpointSummary& one : all) ids.push_back(one.id);
  return ids;
}

Result<std::vector<TestReport>> test_webhooks(std::span<const EndpointId> webhooks,
                                              const SeriesParts& parts,
                                              const std::function<void(std::size_t)>& on_report) {
  if (webhooks.empty()) return std::vector<TestReport>{};
  // Once for all: what is wrong with it is not any webhook's own.
  THIG_TRY_ASSIGN(first, find_webhook(parts.store.config(), to_text(webhooks.front())));
  THIG_TRY(test_data(&parts.store.config(), first, parts.sample.type, parts.sample.data));
  return Series(webhooks, parts, on_report).run();
}

}  // namespace thig

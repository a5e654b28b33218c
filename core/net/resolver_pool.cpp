#include "core/net/resolver_pool.h"

#include "core/net/descriptors.h"
#include "core/net/thread_setup.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

namespace thig {
namespace {

constexpr Millis kNegativeCache{5'000};
constexpr Millis kSlow{1'000};
constexpr std::size_t kMaxNames = 4096;
constexpr int kGrowth = 16;

}  // namespace

// Shared with the threads, because one that hangs in a look-up outlives the pool.
struct ResolverPool::State : std::enable_shared_from_this<State> {
  struct Name {
    ResolutionPtr known;
    std::vector<ResolverPool::Then> waiting;  // not empty: a look-up is queued or under way
    bool slow = false;                        // the last look-up took longer than kSlow
  };

  LookUp look_up;
  int core_threads;
  Millis cache;

  std::mutex mutex;
  std::condition_variable work_or_stop;
  std::unordered_map<std::string, Name> names;
  std::deque<std::string> queue;
  std::deque<std::string> slow_queue;
  int threads = 0;
  int idle = 0;
  int running_slow = 0;
  bool stopping = false;

  bool has_job() const {
    return !queue.empty() ||
           (!slow_queue.empty() && running_slow < core_threads * kGrowth - core_threads);
  }

  // False if nobody will ever come to it, as there can be no thread now.
  bool enqueue(const std::string& host, bool slow) {
    auto& into = slow ? slow_queue : queue;
    into.push_back(host);
    const auto queued = queue.size() + slow_queue.size();
    if (static_cast<std::size_t>(idle) < queued && threads < core_threads * kGrowth) spawn();
    if (threads == 0) into.pop_back();
    work_or_stop.notify_one();
    return threads > 0;
  }

  void spawn() {
    try {
      std::thread([self = shared_from_this()] { self->work(); }).detach();
      ++threads;
    } catch (const std::system_error&) {
      // The threads there are will come to it.
    }
  }

  void work() {
    prepare_thread("thig-resolve");
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (has_job()) {
        run_job(lock);
      } else if (threads > core_threads) {
        break;
      } else {
        ++idle;
        work_or_stop.wait(lock, [this] { return stopping || has_job(); });
        --idle;
      }
    }
    --threads;
  }

  void run_job(std::unique_lock<std::mutex>& lock) {
    const bool slow = queue.empty();
    auto& from = slow ? slow_queue : queue;
    const std::string host = std::move(from.front());
    from.pop_front();
    running_slow += slow ? 1 : 0;
    lock.unlock();
    const auto begun = Steady::now();
    auto answer = resolve(host);
    const auto took = Steady::now() - begun;
    lock.lock();
    running_slow -= slow ? 1 : 0;
    if (!stopping) publish(host, std::move(answer), took > kSlow);
  }

  ResolutionPtr resolve(const std::string& host) const {
    auto answer = std::make_shared<Resolution>();
    try {
      if (auto found = look_up(host)) {
        answer->addresses = std::move(*found);
        if (answer->addresses.empty()) answer->failure = "the name has no address";
      } else {
        answer->failure = std::move(found).error().text;
      }
    } catch (const std::exception& error) {
      answer->failure = error.what();
    }
    if (const int lack = answer->failure.empty() ? 0 : descriptor_lack(); lack != 0) {
      answer->local = true;
      answer->failure = std::generic_category().message(lack);
      answer->expires = Steady::now();  // not believed at all
      return answer;
    }
    const auto believed = answer->failure.empty() ? cache : std::min(cache, kNegativeCache);
    answer->expires = Steady::now() + believed;
    return answer;
  }

  // Under the lock: what `then` does with the answer must not outlast the pool's destructor.
  void publish(const std::string& host, ResolutionPtr answer, bool slow) {
    Name& name = names[host];
    name.known = std::move(answer);
    name.slow = slow;
    const auto waiting = std::exchange(name.waiting, {});
    for (const Then& then : waiting) then(name.known);
  }

  void make_room() {
    if (names.size() < kMaxNames) return;
    const auto now = Steady::now();
    std::erase_if(names, [now](const auto& entry) {
      const Name& name = entry.second;
      return name.waiting.empty() && (!name.known || name.known->expires <= now);
    });
    if (names.size() < kMaxNames) return;
    std::erase_if(names, [](const auto& entry) { return entry.second.waiting.empty(); });
  }
};

ResolverPool::ResolverPool(LookUp look_up, int threads, Millis cache)
    : state_(std::make_shared<State>()) {
  state_->look_up = std::move(look_up);
  state_->core_threads = std::max(threads, 1);
  state_->cache = cache;
}

ResolverPool::~ResolverPool() {
  const std::scoped_lock lock(state_->mutex);
  state_->stopping = true;
  state_->names.clear();
  state_->work_or_stop.notify_all();
}

ResolutionPtr ResolverPool::ask(const std::string& host, Then then) {
  const std::scoped_lock lock(state_->mutex);
  state_->make_room();
  State::Name& name = state_->names[host];
  if (name.known && name.known->expires > Steady::now()) return name.known;
  const bool first = name.waiting.empty();
  name.waiting.push_back(std::move(then));
  if (!first || state_->enqueue(host, name.slow)) return nullptr;
  name.waiting.clear();
  auto none = std::make_shared<Resolution>();
  none->failure = "cannot start a thread for the look-up";
  none->local = true;
  none->expires = Steady::now();
  return none;
}

}  // namespace thig

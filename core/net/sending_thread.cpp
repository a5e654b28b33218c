#include "core/net/sending_thread.h"

#include "core/net/thread_setup.h"

#include <algorithm>
#include <utility>

namespace thig {
namespace {

constexpr std::chrono::seconds kOwnAddressesBelieved{10};
constexpr std::chrono::seconds kSweepEvery{30};
constexpr std::chrono::seconds kKeptIdle{90};  // a destination nothing is sent to any more
// Each costs tens of kilobytes, nearly all of them libcurl's, and microseconds to make again; its
// connection is the group's, and stays.
constexpr std::size_t kKeptDestinations = 256;

void keep_sooner(std::optional<Steady::time_point>& due, std::optional<Steady::time_point> other) {
  if (other && (!due || *other < *due)) due = other;
}

}  // namespace

SendingThread::SendingThread(EventLoop loop, ResolverPool& resolver, SendingSetup setup,
                             Deliver deliver)
    : loop_(std::move(loop)),
      resolver_(resolver),
      deliver_(std::move(deliver)),
      most_connections_(setup.most_connections) {
  context_.user_agent = std::move(setup.user_agent);
  if (setup.proxy) context_.proxy.emplace().proxy = std::move(*setup.proxy);
  context_.loop = &loop_;
  crowded_at_ = kKeptDestinations;
  thread_ = std::thread([this] { run(); });
}

SendingThread::~SendingThread() {
  stop();
}

template <class Change>
void SendingThread::post(Change change) {
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = inbox_.empty();
    change(inbox_);
  }
  if (first) loop_.wake();
}

void SendingThread::start(SendRequest request) {
  under_way_.fetch_add(1, std::memory_order_relaxed);
  post([&](Inbox& inbox) { inbox.requests.push_back({std::move(request), Steady::now()}); });
}

void SendingThread::interrupt() {
  post([](Inbox& inbox) {
    inbox.interrupt = true;
    inbox.interrupted = inbox.requests.size();
  });
}

void SendingThread::stop() {
  if (!thread_.joinable()) return;
  post([](Inbox& inbox) { inbox.stop = true; });
  thread_.join();
}

void SendingThread::run() {
  prepare_thread("thig-send");
  for (bool running = true; running;) {
    const auto ready = loop_.wait(next_due());
    for (const auto& socket : ready) {
      const auto group = groups_by_number_.find(socket.owner);
      if (group != groups_by_number_.end()) group->second->on_ready(socket);
    }
    running = take_inbox();
    const auto now = Steady::now();
    // A transfer's end may start another try, never make or end a group: the map holds still.
    for (const auto& [number, group] : groups_by_number_) {
      group->run_due(now);
      collect(*group);
    }
    expire(now);
    if (now >= next_sweep_ || lacking_ || destinations_.size() > crowded_at_) sweep(now);
    if (!finished_.empty()) {
      under_way_.fetch_sub(finished_.size(), std::memory_order_relaxed);
      deliver_(finished_);
    }
    finished_.clear();
  }
  // Connections close here, on the thread they belong to.
  current_.clear();
  destinations_.clear();
  resting_groups_.clear();
}

// False once the thread is to end.
bool SendingThread::take_inbox() {
  Inbox inbox;
  {
    const std::scoped_lock lock(mutex_);
    std::swap(inbox, inbox_);
  }
  if (inbox.empty()) return true;
  renew_own_addresses(Steady::now());
  for (const auto& answer : inbox.answers) on_answer(answer);
  if (inbox.stop) inbox.interrupted = inbox.requests.size();
  for (std::size_t i = 0; i < inbox.interrupted; ++i) begin(std::move(inbox.requests[i]));
  if (inbox.interrupt || inbox.stop) interrupt_all();
  for (std::size_t i = inbox.interrupted; i < inbox.requests.size(); ++i) {
    begin(std::move(inbox.requests[i]));
  }
  return !inbox.stop;
}

std::optional<Steady::time_point> SendingThread::next_due() const {
  auto due = context_.deadlines.first();
  for (const auto& [number, group] : groups_by_number_) keep_sooner(due, group->due());
  if (!destinations_.empty() || !resting_groups_.empty()) keep_sooner(due, next_sweep_);
  return due;
}

void SendingThread::begin(Begun begun) {
  Destination& destination = destination_for(begun.request.target);
  destination.last_used = begun.at;
  Transfer* transfer = idle_transfer(destination);
  if (transfer == nullptr) {
    finished_.push_back(
        {.ticket = begun.request.ticket,
         .outcome = TransportFailed{.kind = FailureKind::local, .detail = "out of memory"},
         .timing = {},
         .address = {}});
    return;
  }
  const auto begin = transfer->begin(std::move(begun.request), begun.at);
  if (!begin) {
    end(*transfer, transfer->finish_with(Refused{begin.error().text}, Steady::now()));
  } else if (!destination.bad_url.empty()) {
    end(*transfer, transfer->finish_with(Refused{destination.bad_url}, Steady::now()));
  } else if (!own_addresses_known_) {
    end(*transfer, transfer->finish_with(
                       TransportFailed{.kind = FailureKind::local,
                                       .detail = "cannot find out this machine's own addresses"},
                       Steady::now()));
  } else if (destination.by_name || destination.checked_until > begun.at) {
    launch_or_end(*transfer);
  } else {
    resolve(*transfer);
  }
}

void SendingThread::resolve(Transfer& transfer) {
  Destination& destination = transfer.destination();
  if (check_literal(destination, context_.own_addresses)) return launch_or_end(transfer);
  destination.waiting.push_back(&transfer);
  if (destination.asking) return;
  destination.asking = true;
  const auto number = destination.number;
  auto known = resolver_.ask(destination.url.host, [this, number](const ResolutionPtr& found) {
    post([&](Inbox& inbox) { inbox.answers.push_back({number, found}); });
  });
  if (known) on_answer({number, std::move(known)});
}

void SendingThread::on_answer(const Answer& answer) {
  if (answer.destination == 0) return on_proxy_answer(*answer.found);
  const auto found = destinations_.find(answer.destination);
  if (found == destinations_.end()) return;
  Destination& destination = *found->second;
  destination.asking = false;
  check_addresses(destination, *answer.found, context_.own_addresses);
  for (Transfer* transfer : std::exchange(destination.waiting, {})) launch_or_end(*transfer);
}

void SendingThread::launch_or_end(Transfer& transfer) {
  const Destination& destination = transfer.destination();
  transfer.located(Steady::now());
  if (!destination.by_name && destination.allowed.empty()) {
    end(transfer, transfer.finish_with(destination.verdict, Steady::now()));
  } else if (destination.by_proxy && context_.proxy->known_until <= Steady::now()) {
    look_up_proxy(transfer);
  } else {
    launch_or_end_known(transfer);
  }
}

// Where all addresses are known that it takes.
void SendingThread::launch_or_end_known(Transfer& transfer) {
  const bool by_proxy = transfer.destination().by_proxy;
  if (by_proxy && context_.proxy->addresses.empty()) {
    const auto outcome = outcome_without_proxy(*context_.proxy);
    end(transfer, transfer.finish_with(outcome, Steady::now()));
  } else if (!launch(transfer)) {
    end(transfer, transfer.finish(CURLE_OUT_OF_MEMORY, Steady::now()));
  }
}

void SendingThread::look_up_proxy(Transfer& transfer) {
  ProxyRoute& route = *context_.proxy;
  if (route.take_literal()) return launch_or_end_known(transfer);
  waiting_for_proxy_.push_back(&transfer);
  if (std::exchange(route.asking, true)) return;
  const auto known = resolver_.ask(route.proxy.host, [this](const ResolutionPtr& found) {
    post([&](Inbox& inbox) { inbox.answers.push_back({0, found}); });
  });
  if (known) on_proxy_answer(*known);
}

void SendingThread::on_proxy_answer(const Resolution& found) {
  context_.proxy->take(found);
  for (Transfer* transfer : std::exchange(waiting_for_proxy_, {})) launch_or_end_known(*transfer);
}

bool SendingThread::waits_for_proxy(const Transfer& transfer) const {
  return std::ranges::find(waiting_for_proxy_, &transfer) != waiting_for_proxy_.end();
}

bool SendingThread::launch(Transfer& transfer) {
  Destination& destination = transfer.destination();
  const auto now = Steady::now();
  const bool aimed = destination.by_name ? transfer.aim_by_name(now)
                                         : transfer.aim_at_next(destination.allowed, now);
  return aimed && destination.group->add(transfer.easy());
}

void SendingThread::collect(ConnectionGroup& group) {
  while (const auto ended = group.next_ended()) {
    const auto [easy, code] = *ended;
    group.remove(easy);
    Transfer& transfer = Transfer::of(easy);
    if (transfer.may_try_another_address(code) && launch(transfer)) continue;
    end(transfer, transfer.finish(code, Steady::now()));
  }
}

void SendingThread::expire(Steady::time_point now) {
  for (auto first = context_.deadlines.first(); first && *first <= now;
       first = context_.deadlines.first()) {
    Transfer& transfer = *context_.deadlines.soonest();
    const bool no_proxy = waits_for_proxy(transfer) && !transfer.was_slow_to_locate();
    detach(transfer);
    end(transfer, no_proxy
                      ? transfer.finish_with(outcome_of_proxy_look_up(context_.proxy->proxy), now)
                      : transfer.finish_at_deadline(now));
  }
}

void SendingThread::interrupt_all() {
  const auto now = Steady::now();
  while (Transfer* transfer = context_.deadlines.soonest()) {
    detach(*transfer);
    end(*transfer, transfer->finish_interrupted(now));
  }
}

// From wherever it is: waiting for one of the look-ups, or on the wire.
void SendingThread::detach(Transfer& transfer) {
  Destination& destination = transfer.destination();
  if (std::erase(destination.waiting, &transfer) != 0) return;
  if (std::erase(waiting_for_proxy_, &transfer) != 0) return;
  destination.group->remove(transfer.easy());
}

void SendingThread::end(Transfer& transfer, Finished finished) {
  const TransportFailed* const local = local_failure(finished.outcome);
  // A proxy that is down is no lack of ours.
  lacking_ = lacking_ || (local != nullptr && !is_proxy_fault(local->fault));
  finished_.push_back(std::move(finished));
  transfer.destination().idle.push_back(&transfer);
}

Destination& SendingThread::destination_for(const std::shared_ptr<const SendTarget>& target) {
  Destination*& current = current_[target->endpoint];
  // A changed target gets a destination of its own; the old one's requests end where they began.
  if (current == nullptr || current->target != target || !current->group) {
    auto made = make_destination(target, ++last_destination_,
                                 context_.proxy ? &context_.proxy->proxy : nullptr);
    made->group = group_for(*target);
    current = made.get();
    destinations_.emplace(made->number, std::move(made));
  }
  return *current;
}

std::shared_ptr<ConnectionGroup> SendingThread::group_for(const SendTarget& target) {
  auto& known = groups_[policy_of(target)];
  if (auto group = known.lock()) return group;
  const auto number = ++last_group_;
  auto opened = ConnectionGroup::open(loop_, number, most_connections_);
  if (!opened) return nullptr;
  groups_by_number_.emplace(number, opened.get());
  std::shared_ptr<ConnectionGroup> group(opened.release(), [this, number](ConnectionGroup* ended) {
    groups_by_number_.erase(number);
    delete ended;
  });
  known = group;
  return group;
}

// Null if out of memory.
Transfer* SendingThread::idle_transfer(Destination& destination) {
  if (!destination.idle.empty()) {
    Transfer* transfer = destination.idle.back();
    destination.idle.pop_back();
    return transfer;
  }
  if (!destination.group) return nullptr;
  auto made = Transfer::make(context_, destination);
  if (!made) return nullptr;
  return destination.transfers.emplace_back(std::move(made)).get();
}

// Lets go of what is not used any more: replaced targets at once, others after a while; a group
// rests for as long after its last destination, then goes, and closes its connections.
void SendingThread::sweep(Steady::time_point now) {
  next_sweep_ = now + kSweepEvery;
  // Where descriptors are lacking, idle connections are not kept.
  const bool crowded = destinations_.size() > crowded_at_;
  const bool lacking = std::exchange(lacking_, false);
  const auto kept = lacking || crowded ? std::chrono::seconds{0} : kKeptIdle;
  std::erase_if(current_, [&](const auto& entry) {
    const Destination& destination = *entry.second;
    if (!destination.is_idle() || now - destination.last_used <= kept) return false;
    if (!lacking && destination.group) resting_groups_[destination.group] = now;
    return true;
  });
  std::erase_if(resting_groups_,
                [&](const auto& entry) { return lacking || now - entry.second > kKeptIdle; });
  std::erase_if(destinations_, [&](const auto& entry) {
    const Destination& destination = *entry.second;
    const auto current = current_.find(destination.target->endpoint);
    return destination.is_idle() && (current == current_.end() || current->second != &destination);
  });
  std::erase_if(groups_, [](const auto& entry) { return entry.second.expired(); });
  // Where most are busy, it is no use to look again soon.
  crowded_at_ = std::max(kKeptDestinations, 2 * destinations_.size());
}

void SendingThread::renew_own_addresses(Steady::time_point now) {
  if (now < own_addresses_until_) return;
  // Without an answer those of before are kept: with none at all, they could be sent to.
  auto own = own_addresses();
  if (!own) return;
  context_.own_addresses = std::move(*own);
  own_addresses_known_ = true;
  own_addresses_until_ = now + kOwnAddressesBelieved;
}

}  // namespace thig

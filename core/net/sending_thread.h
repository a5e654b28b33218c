// One thread of the sender: its requests, their destinations, its connections.
#pragma once

#include "core/net/destination.h"
#include "core/net/event_loop.h"
#include "core/net/resolver_pool.h"
#include "core/net/sender.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace thig {

struct SendingSetup {
  std::string user_agent;
  std::size_t most_connections = 0;  // of each pool
  std::optional<EgressProxy> proxy;
};

class SendingThread {
 public:
  // Takes the results of one round of the loop; called on the thread.
  using Deliver = std::function<void(std::vector<Finished>&)>;

  // The resolver must not call back once this is destroyed.
  SendingThread(EventLoop loop, ResolverPool& resolver, SendingSetup setup, Deliver deliver);
  ~SendingThread();
  SendingThread(const SendingThread&) = delete;
  SendingThread& operator=(const SendingThread&) = delete;

  // From any thread.
  void start(SendRequest request);
  // How many requests are under way; about that, while any begins or ends.
  std::size_t under_way() const { return under_way_.load(std::memory_order_relaxed); }
  void interrupt();
  // Ends everything as Interrupted and joins the thread. Then nothing may be started any more.
  void stop();

 private:
  struct Begun {
    SendRequest request;
    Steady::time_point at;
  };
  struct Answer {
    std::uint64_t destination;  // 0: it is about the proxy
    ResolutionPtr found;
  };
  // What other threads have left here.
  struct Inbox {
    std::vector<Begun> requests;
    std::vector<Answer> answers;
    std::size_t interrupted = 0;  // so many of the requests, and all before them, are to end
    bool interrupt = false;
    bool stop = false;
    bool empty() const { return requests.empty() && answers.empty() && !interrupt && !stop; }
  };
  template <class Change>
  void post(Change change);

  void run();
  bool take_inbox();
  std::optional<Steady::time_point> next_due() const;
  void begin(Begun begun);
  void resolve(Transfer& transfer);
  void on_answer(const Answer& answer);
  void launch_or_end(Transfer& transfer);
  void launch_or_end_known(Transfer& transfer);
  void look_up_proxy(Transfer& transfer);
  void on_proxy_answer(const Resolution& found);
  bool waits_for_proxy(const Transfer& transfer) const;
  bool launch(Transfer& transfer);
  void collect(ConnectionGroup& group);
  void expire(Steady::time_point now);
  void interrupt_all();
  void detach(Transfer& transfer);
  void end(Transfer& transfer, Finished finished);

  Destination& destination_for(const std::shared_ptr<const SendTarget>& target);
  std::shared_ptr<ConnectionGroup> group_for(const SendTarget& target);
  Transfer* idle_transfer(Destination& destination);
  void sweep(Steady::time_point now);
  void renew_own_addresses(Steady::time_point now);

  EventLoop loop_;
  ResolverPool& resolver_;
  Deliver deliver_;
  TransferContext context_;
  std::vector<Transfer*> waiting_for_proxy_;  // for its addresses

  // Groups outlive the destinations that use them, transfers the groups they are in.
  std::map<ConnectionPolicy, std::weak_ptr<ConnectionGroup>> groups_;
  std::unordered_map<std::uint32_t, ConnectionGroup*> groups_by_number_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Destination>> destinations_;
  std::unordered_map<EndpointId, Destination*> current_;
  std::uint64_t last_destination_ = 0;
  std::uint32_t last_group_ = 0;
  std::size_t most_connections_;
  // Those of destinations that were let go of, with their connections, and since when.
  std::map<std::shared_ptr<ConnectionGroup>, Steady::time_point> resting_groups_;
  std::vector<Finished> finished_;
  bool lacking_ = false;  // something ended for lack of what this machine has
  Steady::time_point own_addresses_until_{};
  bool own_addresses_known_ = false;
  Steady::time_point next_sweep_{};
  std::size_t crowded_at_ = 0;  // from so many destinations on, idle ones are not kept

  std::atomic<std::size_t> under_way_{0};
  std::mutex mutex_;
  Inbox inbox_;
  std::thread thread_;
};

}  // namespace thig

// The random life of an installation: several processes that dispatch, sweep and serve incoming
// webhooks, and are killed; members who set up, apply documents, emit, retry, recover, cancel,
// prune and erase; receivers that fail; senders that send again; a clock that is set. It keeps
// books of what was promised, and compares the database, and all that is sent, with them.
#pragma once

#include "core/care/pruner.h"
#include "core/care/recovery.h"
#include "core/dispatch/emitter.h"
#include "core/documents/setup_document.h"
#include "core/setup/webhooks.h"
#include "tests/simulation/processes.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace thig {

class Life {
 public:
  explicit Life(std::uint64_t seed, Planted planted = Planted::nothing);
  // From the first webhook to the end, when everyone is well and all must have come to its end.
  void live();

 private:
  // ---------------------------------------------------------------- life.cpp: time and processes
  int pick(int below) { return static_cast<int>(dice_.bits(30) % below); }
  bool one_in(int n) { return pick(n) == 0; }
  template <class T>
  auto& one_of(T& all) {
    return *std::next(all.begin(), pick(static_cast<int>(all.size())));
  }
  template <class T>
  void rotate(T& all) {
    std::ranges::rotate(all, all.begin() + pick(static_cast<int>(all.size())));
  }
  Store& members() { return *members_; }
  void step();
  void pass_time();
  void emit_and_send();
  void fail_otherwise();
  void set_clock();
  DispatchOptions options();
  void start_dispatching(bool sweep);
  bool refuses();
  FakeReader::Pace reading();
  FakeSettler::Pace recording();
  void start_serving();
  void kill_dispatching();
  void kill_serving();
  void kill_server(std::size_t serving);
  void kill_at(std::size_t dispatching);
  void wait_beside();
  void sweep_together();
  void interfere();
  Millis turn();
  void act_on_requests(Millis& next);
  void run_for(Millis span);
  void stir(bool rings);

  // --------------------------------------------------------------- receivers.cpp: who is sent to
  FakeSender::Reply reply(const Dispatching& process, const SendRequest& request);
  FakeSender::Reply bad_reply(const SendRequest& request);
  void check_attempt(const Dispatching& process, const SendRequest& request, DeliveryId id);

  // ------------------------------------------------------------------- members.cpp: what they do
  Webhooks webhooks() { return {members().config(), machine_.clock, machine_.random, owner_}; }
  Recovery recovery() { return {members().recovery(), members().queue(), machine_.clock, owner_}; }
  void add_webhook();
  void emit();
  Receipt record_event(const EventDraft& draft);
  void turn_on_or_off();
  void change_webhook();
  void apply_document();
  void apply_wrong_document();
  std::string document();
  void change_setup(SetupDocument& document);
  std::vector<DeliveryId> some_deliveries();
  void begin_new_life(DeliveryId id);
  void retry_some();
  void cancel_some();
  void recover_all();
  void backfill();
  void erase_some();
  void prune();
  void prune_by_the_way();
  void prune_to(const Retention& retention, bool by_hand);
  // What is set up is as it was last seen, or a member has just changed it.
  void see_setup();
  void forget(EndpointId id);

  // -------------------------------------------------------------- requests.cpp: what others send
  struct Message {
    std::string hook;
    std::string body;
    RequestState end = RequestState::done;  // what its content comes to
    int accepted = 0;                       // answered, and not as a duplicate
    int replayed = 0;
    int done = 0;               // how often its action was
    int raised = 0;             // events that tell of it
    Millis known_until{0};      // on the steady clock: till then it is acted upon once
    bool was_unmarked = false;  // it failed, or it was erased with what it is known by
  };
  void add_hooks();
  int new_message();
  void send_requests();
  void answered(int number, const HttpResponse& response);
  void ended(Serving& server, const IncomingRequest& request, const ActionOutcome& outcome);
  void know_raised();
  void replay_some();
  void erase_request();
  void rotate_token();

  // ------------------------------------------------------------------ checks.cpp: what must hold
  void check_setup(const Endpoint& before, const Endpoint& now);
  void check_health();
  void check_owners();
  void check_width(const Dispatching& process);
  void check_all();
  void check_delivery(DeliveryId id);
  void note_unrecorded(const Dispatching& process);
  void check_counters();
  void check_requests();
  // Figures of all time go on telling of what is deleted.
  EndpointStats figures_of(DeliveryId id);

  Planted planted_;
  SeededRandom dice_;
  Machine machine_;
  std::unique_ptr<Store> members_;
  Member owner_{.name = "ada", .role = Role::owner};
  std::vector<std::unique_ptr<Dispatching>> dispatching_;
  std::vector<std::unique_ptr<Serving>> serving_;
  std::size_t most_in_flight_;
  std::size_t settle_size_;
  bool rings_ = true;  // the bell is heard
  int bad_percent_ = 20;
  bool jumped_ = false;
  Millis jumped_at_{0};
  bool synchronised_;
  bool prompt_store_;  // the results of attempts are recorded at once
  bool well_ = false;  // nothing goes wrong any more

  // Of outgoing webhooks.
  std::map<EndpointId, Endpoint> endpoints_;  // as they were last seen
  std::map<EndpointId, int> changes_;  // of epochs; each may leave an attempt that does not count
  std::map<EndpointId, int> begun_;    // attempts since its streaks were last ended by a member
  std::set<std::pair<EndpointId, std::string>> gone_;  // answered 410 there, under this epoch
  std::set<EndpointId> removed_;
  int named_ = 0;
  int moved_ = 0;
  int keys_ = 0;  // that events were emitted with

  // Of events.
  struct Expected {
    std::string type;
    std::set<EndpointId> queued, missed;
    Millis since_boot{0};  // when it was emitted
  };
  std::map<EventId, Expected> events_;
  std::set<EventId> deleted_;
  std::map<DeliveryId, int> attempts_;
  std::map<DeliveryId, int> unrecorded_;  // of those, what processes took with them when they died
  std::map<DeliveryId, int> lives_;       // after the first
  std::set<DeliveryId> cancelled_;
  std::map<EndpointId, EndpointStats> past_;  // of deliveries that were deleted
  EventId known_;                             // up to here, events are known

  // Of requests.
  struct Hook {
    std::string token;
    bool enabled = true;
    int received = 0, duplicates = 0;
  };
  std::map<std::string, Hook> hooks_;
  std::vector<Message> messages_;
  std::map<RequestId, int> acknowledged_;  // which message; those that are still there
  std::map<RequestId, int> duplicates_;
  std::set<RequestId> open_;  // acknowledged, and not acted upon
  std::set<RequestId> deleted_requests_;
  const Serving* acting_ = nullptr;
  bool recorded_ = false;  // something that was not looked at yet
};

}  // namespace thig

// What the HTTP server of incoming webhooks does with a request: whose it is, whether it may come
// in, and when it is answered.
#pragma once

#include "core/base/clock.h"
#include "core/dispatch/token_bucket.h"
#include "core/incoming/background.h"
#include "core/incoming/current_hooks.h"
#include "core/incoming/health.h"
#include "core/incoming/intake.h"
#include "core/net/http_server.h"
#include "core/rules/cidr.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace thig {

struct ReceiverOptions {
  std::string public_url;             // as senders know it, for those that sign the URL
  std::vector<Cidr> trusted_proxies;  // whose X-Forwarded-For is believed
  // Requests a second of one address (an IPv6 /64) before it is known whose they are; 0: all.
  double per_address = 200;
  // What the bodies of one webhook's failed requests may take; then it is closed. Nothing: all.
  std::optional<std::uint64_t> most_failed{};
};

// Thread: called by the server's thread alone, before finish, but for reconfigure.
class Receiver {
 public:
  // `hooks` are the webhooks as they are at the moment that it is asked.
  Receiver(ReceiverOptions options, const Clock& clock, CurrentHooks& hooks, IncomingIntake& intake,
           const ServiceHealth& health);

  // For requests from now on. From any thread.
  void reconfigure(ReceiverOptions options);

  // By the head: path, token, method, address, rates, type, size.
  Admission admit(const HttpRequest& request);
  // Large bodies are checked in the background, in turns of their webhooks: they would hold all
  // others up.
  void handle(HttpRequest& request, Respond respond);
  // Ends what is done in the background. To be called before the intake or the server goes.
  void finish() {
    large_.reset();
    largest_.reset();
  }
  // The client's address, behind the proxies that are trusted.
  std::string client_of(const HttpRequest& request) const;
  bool is_trusted(const std::string& peer) const;
  // True if a peer that is not trusted sent X-Forwarded-For. If it is a proxy of ours, all its
  // clients are taken for one.
  bool ignores_forwarded_for(const HttpRequest& request) const;
  // The name of the webhook that an admitted request is for; empty if it is for none. For logs.
  static std::string name_of(const HttpRequest& request);

 private:
  std::shared_ptr<const ReceiverOptions> options() const;
  Result<std::shared_ptr<const ServedHook>> find(const HttpRequest& request);
  std::optional<HttpResponse> refuse_changed(HttpRequest& request);
  std::optional<HttpResponse> refuse(const ServedHook* hook, const HttpRequest& request);
  std::optional<HttpResponse> refuse_of(const ServedHook& hook, const HttpRequest& request);
  bool take(std::unordered_map<std::string, TokenBucket>& buckets, const std::string& key,
            double rate);
  void answer_post(HttpRequest& request, const Respond& respond);
  void record(ArrivedRequest arrived, Respond respond);
  void record_rejection(const ServedHook& hook, const HttpRequest& request,
                        const std::string& client, const std::string& reason);

  mutable std::mutex reconfiguring_;  // of the following
  std::shared_ptr<const ReceiverOptions> options_;
  const Clock& clock_;
  CurrentHooks& hooks_;
  IncomingIntake& intake_;
  const ServiceHealth& health_;
  std::mutex rates_;  // of the following
  std::unordered_map<std::string, TokenBucket> by_address_;
  std::unordered_map<std::string, TokenBucket> by_hook_;
  std::unordered_map<std::string, TokenBucket> rejections_;  // recorded, by webhook
  std::unique_ptr<Background> large_;                        // last: they use the others
  std::unique_ptr<Background> largest_;
};

}  // namespace thig

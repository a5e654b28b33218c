// What the HTTP server of incoming webhooks does with a request: whose it is, whether it may come
// in, and when it is answered.
#pragma once

#include "core/base/clock.h"
#include "core/engine/token_bucket.h"
#include "core/incoming/background.h"
#include "core/incoming/hook_table.h"
#include "core/incoming/intake.h"
#include "core/net/http_server.h"
#include "core/rules/cidr.h"

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace thig {

struct ReceiverOptions {
  std::string public_url;             // as senders know it, for those that sign the URL
  std::vector<Cidr> trusted_proxies;  // whose X-Forwarded-For is believed
  double per_address = 200;           // requests a second before it is known whose they are; 0: all
};

// Thread: set_table from any; the others are called by the server's thread, before finish.
class Receiver {
 public:
  Receiver(ReceiverOptions options, const Clock& clock, IncomingIntake& intake);

  void set_table(std::shared_ptr<const HookTable> table);

  // By the head: path, token, method, address, rates, type, size.
  Admission admit(const HttpRequest& request);
  // Large bodies are judged in the background: they would hold all others up.
  void handle(HttpRequest& request, Respond respond);
  // Ends what is done in the background. To be called before the intake or the server goes.
  void finish() { background_.reset(); }
  // The client's address, behind the proxies that are trusted.
  std::string client_of(const HttpRequest& request) const;
  bool is_trusted(const std::string& peer) const;
  // The name of the webhook that an admitted request is for; empty if it is for none. For logs.
  static std::string name_of(const HttpRequest& request);

 private:
  std::shared_ptr<const HookTable> table() const;
  std::shared_ptr<const ServedHook> find(const HttpRequest& request) const;
  std::optional<HttpResponse> refuse(const ServedHook* hook, const HttpRequest& request);
  std::optional<HttpResponse> refuse_of(const ServedHook& hook, const HttpRequest& request);
  bool take(std::unordered_map<std::string, TokenBucket>& buckets, const std::string& key,
            double rate);
  void answer_post(HttpRequest& request, const Respond& respond);
  void record(ArrivedRequest arrived, Respond respond);
  void record_rejection(const ServedHook& hook, const HttpRequest& request,
                        const std::string& client, const std::string& reason);

  ReceiverOptions options_;
  const Clock& clock_;
  IncomingIntake& intake_;
  mutable std::mutex mutex_;
  std::shared_ptr<const HookTable> table_;
  std::mutex rates_;  // of the following
  std::unordered_map<std::string, TokenBucket> by_address_;
  std::unordered_map<std::string, TokenBucket> by_hook_;
  std::unordered_map<std::string, TokenBucket> rejections_;  // recorded, by webhook
  std::unique_ptr<Background> background_;                   // last: it uses the others
};

}  // namespace thig

// Who may come in to the HTTP API: judged by a request's head, before its body is read.
#pragma once

#include "core/base/clock.h"
#include "core/dispatch/token_bucket.h"
#include "core/net/http_server.h"
#include "core/store/store.h"
#include "core/web/call.h"
#include "core/web/page_set.h"
#include "core/web/problem.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace thig {

// Under which names the API may be asked for: any other is somebody else's page whose name leads
// here (DNS rebinding).
class HostList {
 public:
  // localhost and the usual loopback addresses, at `port`. `names`: more of them,
  // "hooks.example.com" or with a port of its own, "hooks.example.com:8443".
  HostList(int port, std::vector<std::string> names);
  bool allows(std::string_view host) const;

 private:
  int port_;
  std::vector<std::string> names_;
};

// What keys have been used for, for whoever writes it down.
class KeyUses {
 public:
  void note(ApiKeyId key, Time now);
  // All since the last time.
  std::vector<ApiKeyUse> take();
  // They could not be written down.
  void give_back(std::span<const ApiKeyUse> uses);

 private:
  std::mutex mutex_;
  std::unordered_map<ApiKeyId, ApiKeyUse> uses_;
};

struct GateReports {
  // A key that opens nothing: who sent it, and why; never the key.
  std::function<void(const std::string& peer, const std::string& why)> refused;
};

// Thread: called by the server's thread alone.
class Gate {
 public:
  // `store` may be opened for reading only.
  Gate(Store& store, const Clock& clock, const Surface& surface, HostList hosts, KeyUses& uses,
       GateReports reports);

  // The refusal, or with the request's subject (an Admitted) set.
  Admission admit(const HttpRequest& request);

 private:
  std::optional<Problem> refuse(const HttpRequest& request, Admitted& admitted);
  Problem refuse_key(const HttpRequest& request, const std::string& why);
  std::optional<Problem> refuse_rate(const ApiKey& key);
  std::optional<Problem> authenticate(const HttpRequest& request, Admitted& admitted);

  Store& store_;
  const Clock& clock_;
  const Surface& surface_;
  const HostList hosts_;
  KeyUses& uses_;
  const GateReports reports_;
  std::unordered_map<std::string, TokenBucket> guesses_;  // by network
  std::unordered_map<ApiKeyId, TokenBucket> rates_;
};

}  // namespace thig

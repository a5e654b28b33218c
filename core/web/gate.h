// Who may come in to the HTTP API and the pages: decided by a request's head, before its body is
// read.
//
// A request says who it comes from by a key (Authorization: Bearer), or by the cookie of a session,
// which is looked at where there is no key; a proxy that says who sends a request is as good as a
// session. Some routes are not for keys (Route::by_session). A browser sends its cookie for any
// page that asks it to, so without a key what changes something has to come from a page of ours
// (rules/origin.h).
#pragma once

#include "core/base/clock.h"
#include "core/dispatch/token_bucket.h"
#include "core/net/http_server.h"
#include "core/rules/cookie.h"
#include "core/store/store.h"
#include "core/web/call.h"
#include "core/web/page_set.h"
#include "core/web/problem.h"
#include "core/web/proxy_trust.h"
#include "core/web/uses.h"

#include <memory>
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

// How browsers reach the server.
struct Reach {
  bool tls = false;             // it has a certificate itself
  std::string public_url = {};  // as a proxy serves it; empty: there is none
  ProxyTrust proxy = {};        // that says who sends a request
  int port = 0;                 // at which it listens; 0: by a Unix socket
  std::string base_path = {};   // before all paths: "/hooks"; empty for none

  bool secure() const { return tls || public_url.starts_with("https://"); }
  // By the public URL, if there is one, for that stays the same wherever the server listens.
  SessionCookie cookie() const;
};

// What the gate notes for others.
struct GateNotes {
  KeyUses& key_uses;
  SessionUses& session_uses;
  Guesses& guesses;
};

// Thread: called by the server's thread alone.
class Gate {
 public:
  // `store` may be opened for reading only.
  Gate(Store& store, const Clock& clock, const Surface& surface, HostList hosts, Reach reach,
       GateNotes notes);

  // The refusal, or with the request's subject (an Admitted) set.
  Admission admit(const HttpRequest& request);

 private:
  std::optional<Problem> refuse(const HttpRequest& request, Admitted& admitted);
  std::optional<Problem> authenticate(const HttpRequest& request, Admitted& admitted);
  std::optional<Problem> check_key(const HttpRequest& request, std::string_view text,
                                   Admitted& admitted);
  std::optional<Problem> check_proxy(const std::string& name, Admitted& admitted);
  std::optional<Problem> check_session(const HttpRequest& request, Admitted& admitted);
  void note_use(const HttpRequest& request, Session& session, Time now);
  std::optional<Problem> check_source(const HttpRequest& request) const;
  Problem refuse_key(const HttpRequest& request, const std::string& why);
  std::optional<Problem> refuse_rate(const ApiKey& key);

  Store& store_;
  const Clock& clock_;
  const Surface& surface_;
  const HostList hosts_;
  const Reach reach_;
  const SessionCookie cookie_;
  const std::string public_origin_;
  const GateNotes notes_;
  std::unordered_map<ApiKeyId, TokenBucket> rates_;
};

}  // namespace thig

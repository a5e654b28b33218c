// Where a command serves HTTP, and with which certificate.
#pragma once

#include "cli/app/context.h"
#include "cli/app/hangup.h"
#include "cli/flags/flags.h"
#include "core/net/certificate.h"
#include "core/net/http_server.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

class ListenFlags {
 public:
  // `config` is the group of the keys in a configuration file: "incoming".
  // `sockets`: it may be a Unix socket, too.
  ListenFlags(int port, std::string config, bool sockets = false)
      : port_(port), config_(std::move(config)), sockets_(sockets) {}

  void declare(Flags& flags);

  const std::string& address() const { return address_; }
  bool is_loopback() const;
  bool is_any_address() const { return address_ == "0.0.0.0" || address_ == "::"; }
  bool is_socket() const { return !socket_path_.empty(); }
  bool has_tls() const { return cert_file_.has_value(); }
  const std::optional<std::string>& certificate_file() const { return cert_file_; }
  // `usage` for a certificate without its key, or a key alone.
  Status check() const;
  // Address, port, and what the files hold.
  Status apply(Context& context, HttpServerOptions& server) const;
  // "https://127.0.0.1:8443", at the port that it is in the end; "unix:/run/admin.sock".
  std::string url(int port) const;
  // The same by a name of this machine, which may have a port of its own: "hooks.example.com:8443".
  std::string url_by(std::string_view name, int port) const;

  // For a reload: takes the names of the files from `fresh`. Answers the flags whose change needs a
  // restart; what they said before stays.
  std::vector<std::string> take_over(const ListenFlags& fresh);
  // Likewise: gives `load` what the files hold now, where there are any, and says what came of it.
  void reload_certificate(Context& context, Reloaded& reloaded,
                          const std::function<Status(const Certificate&)>& load) const;

 private:
  Status take_listen(const std::string& text);
  // The address as it stands in a URL: "[::1]".
  std::string host() const;
  // What the files hold; needs has_tls().
  Result<Certificate> read_pair(Context& context) const;

  int port_;
  std::string config_;
  bool sockets_;
  std::string socket_path_;  // empty: an address and a port
  std::string address_ = "127.0.0.1";
  std::optional<std::string> cert_file_;
  std::optional<std::string> key_file_;
};

}  // namespace thig

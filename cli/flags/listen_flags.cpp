#include "cli/flags/listen_flags.h"

#include "cli/files/input.h"
#include "core/rules/url_rules.h"

#include <charconv>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_pem = 1u << 20;

// "127.0.0.1:8080", "[::1]:8080", ":8080", "8080". A part that is not there stays as it is.
Status parse_listen(const std::string& text, std::string& address, int& port) {
  const auto colon = text.rfind(':');
  std::string host = colon == text.npos ? "" : text.substr(0, colon);
  const std::string digits = colon == text.npos ? text : text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty()) address = host;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error == std::errc() && end == digits.data() + digits.size() && port >= 0 && port <= 65'535) {
    return {};
  }
  return fail(ErrorCode::usage, fmt::format("not a valid address to listen on: \"{}\"", text),
              "use ADDRESS:PORT, such as 127.0.0.1:8080");
}

}  // namespace

void ListenFlags::declare(Flags& flags) {
  auto& listen = flags.custom(
      "--listen", "ADDRESS:PORT",
      sockets_ ? "Address to listen on: port 0 picks a free one; unix:/PATH is a Unix socket"
               : "Address to listen on; port 0 picks a free one",
      [this](const std::string& text) { return take_listen(text); });
  listen.fallback = fmt::format("{}:{}", address_, port_);
  listen.config = config_ + ".listen";
  flags.text("--tls-cert", "FILE", cert_file_, "Certificate with its chain (PEM)").config =
      config_ + ".tlsCert";
  flags.text("--tls-key", "FILE", key_file_, "Private key of the certificate (PEM)").config =
      config_ + ".tlsKey";
}

Status ListenFlags::take_listen(const std::string& text) {
  constexpr std::string_view scheme = "unix:";
  socket_path_.clear();
  if (!sockets_ || !text.starts_with(scheme)) return parse_listen(text, address_, port_);
  socket_path_ = text.substr(scheme.size());
  if (socket_path_.starts_with('/')) return {};
  return fail(ErrorCode::usage, fmt::format("not a valid socket path: \"{}\"", text),
              "use unix:/run/thig-hooks/admin.sock");
}

bool ListenFlags::is_loopback() const {
  return address_.starts_with("127.") || address_ == "::1";
}

Status ListenFlags::check() const {
  if (cert_file_.has_value() == key_file_.has_value()) return {};
  return fail(ErrorCode::usage, "--tls-cert and --tls-key must be used together");
}

Status ListenFlags::apply(Context& context, HttpServerOptions& server) const {
  server.socket_path = socket_path_;
  server.address = address_;
  server.port = port_;
  if (!has_tls()) return {};
  THIG_TRY_ASSIGN(pair, read_pair(context));
  server.certificate = std::move(pair.certificate);
  server.private_key = std::move(pair.private_key);
  return {};
}

Result<Certificate> ListenFlags::read_pair(Context& context) const {
  THIG_TRY_ASSIGN(certificate, read_trusted_input(context, *cert_file_, longest_pem, "--tls-cert"));
  THIG_TRY_ASSIGN(key, read_trusted_input(context, *key_file_, longest_pem, "--tls-key"));
  return Certificate{.certificate = std::move(certificate), .private_key = std::move(key)};
}

std::string ListenFlags::host() const {
  return host_in_url(address_);
}

std::string ListenFlags::url(int port) const {
  if (is_socket()) return "unix:" + socket_path_;
  return url_by(host(), port);
}

std::string ListenFlags::url_by(std::string_view name, int port) const {
  const std::string_view scheme = has_tls() ? "https" : "http";
  const auto bracket = name.rfind(']');
  const bool has_port = name.find(':', bracket == name.npos ? 0 : bracket) != name.npos;
  return has_port ? fmt::format("{}://{}", scheme, name)
                  : fmt::format("{}://{}:{}", scheme, name, port);
}

std::vector<std::string> ListenFlags::take_over(const ListenFlags& fresh) {
  std::vector<std::string> needs_restart;
  if (fresh.address_ != address_ || fresh.port_ != port_ || fresh.socket_path_ != socket_path_) {
    needs_restart.emplace_back("--listen");
  }
  if (fresh.has_tls() != has_tls()) {
    needs_restart.emplace_back("--tls-cert, --tls-key");
  } else {
    cert_file_ = fresh.cert_file_;
    key_file_ = fresh.key_file_;
  }
  return needs_restart;
}

void ListenFlags::reload_certificate(Context& context, Reloaded& reloaded,
                                     const std::function<Status(const Certificate&)>& load) const {
  if (!has_tls()) return;
  const auto pair = read_pair(context);
  const Status loaded = pair ? load(*pair) : Status(std::unexpected(pair.error()));
  if (loaded) {
    reloaded.taken.emplace_back("the certificate");
  } else {
    reloaded.failed.push_back(fmt::format(
        "could not reload the certificate, keeping the old one: {}", loaded.error().text));
  }
}

}  // namespace thig

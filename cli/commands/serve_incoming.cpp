#include "cli/access_log.h"
#include "cli/background_log.h"
#include "cli/commands/all.h"
#include "cli/hangup.h"
#include "cli/input.h"
#include "cli/render.h"
#include "cli/retention_flags.h"
#include "core/incoming/incoming_webhooks.h"
#include "core/incoming/service.h"
#include "core/net/doorbell.h"

#include <charconv>

#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr std::size_t longest_pem = 1u << 20;

struct ListenAddress {
  std::string address = "127.0.0.1";
  int port = 8080;
};

// "127.0.0.1:8080", "[::1]:8080", ":8080", "8080".
Result<ListenAddress> parse_listen(const std::string& text) {
  ListenAddress listen;
  const auto colon = text.rfind(':');
  std::string host = colon == text.npos ? "" : text.substr(0, colon);
  const std::string port = colon == text.npos ? text : text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty()) listen.address = host;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  if (error != std::errc() || end != port.data() + port.size() || listen.port < 0 ||
      listen.port > 65'535) {
    return fail(ErrorCode::usage, fmt::format("\"{}\" is no address to listen on", text),
                "write it ADDRESS:PORT, such as 127.0.0.1:8080");
  }
  return listen;
}

class ServeIncoming final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Receives what outside services send to the URLs of incoming webhooks. A request is "
        "answered 200 once it is recorded durably; its action is run afterwards, from the "
        "database, also after a crash. Until SIGTERM or Ctrl-C; then what is being answered may "
        "end. Put a proxy with TLS before it, or give it a certificate.");
    flags.example("thig-hooks serve-incoming --public-url https://hooks.example.com",
                  "Serve behind a proxy that forwards to 127.0.0.1:8080");
    flags.example(
        "thig-hooks serve-incoming --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key "
        "key.pem",
        "Serve HTTPS; SIGHUP reloads the certificate");
    auto& listen =
        flags.custom("--listen", "ADDRESS:PORT", "Where to listen; port 0 for any that is free",
                     [this](const std::string& text) -> Status {
                       THIG_TRY_ASSIGN(parsed, parse_listen(text));
                       listen_ = std::move(parsed);
                       return {};
                     });
    listen.fallback = "127.0.0.1:8080";
    listen.config = "incoming.listen";
    flags.text("--tls-cert", "FILE", cert_file_, "The certificate, with its chain (PEM)").config =
        "incoming.tlsCert";
    flags.text("--tls-key", "FILE", key_file_, "Its key (PEM)").config = "incoming.tlsKey";
    flags
        .parts("--trusted-proxy", "CIDR",
               "Believe X-Forwarded-For of these addresses; several with commas",
               [this](const std::string& text) -> Status {
                 THIG_TRY_ASSIGN(range, parse_cidr(text));
                 receiver_.trusted_proxies.push_back(range);
                 return {};
               })
        .config = "incoming.trustedProxies";
    flags
        .text("--public-url", "URL", public_url_,
              "Where the outside reaches it: for senders that sign the URL; kept for later")
        .config = "incoming.publicUrl";
    flags
        .number("--rate-per-address", "N", per_address_, 0, 100'000,
                "Requests a second from one address, at most; 0 for no limit")
        .config = "incoming.ratePerAddress";
    max_size_.declare_size(
        flags,
        "How much the database may hold, as of `thig-hooks run`; a webhook whose failed requests "
        "hold a quarter of it answers 503; off: any amount");
  }

  Result<ExitCode> run(Context& context) override {
    if (cert_file_.has_value() != key_file_.has_value()) {
      return fail(ErrorCode::usage, "--tls-cert and --tls-key go together");
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
    THIG_TRY_ASSIGN(base, public_url_of(*store, public_url_));
    if (public_url_) {
      THIG_TRY_ASSIGN(actor, context.actor(*store));
      THIG_TRY(keep_public_url(*store, actor, base, context.now()));
    }
    ServiceOptions options;
    options.server.address = listen_.address;
    options.server.port = listen_.port;
    options.receiver = receiver_;
    options.receiver.public_url = base;
    options.receiver.per_address = per_address_;
    if (max_size_.retention.size) options.receiver.most_failed = *max_size_.retention.size / 4;
    THIG_TRY_ASSIGN(places, context.places());
    if (cert_file_) {
      THIG_TRY_ASSIGN(certificate,
                      read_trusted_input(context, *cert_file_, longest_pem, "--tls-cert"));
      THIG_TRY_ASSIGN(key, read_trusted_input(context, *key_file_, longest_pem, "--tls-key"));
      options.server.certificate = std::move(certificate);
      options.server.private_key = std::move(key);
    }
    return serve(context, places, std::move(options));
  }

 private:
  Result<ExitCode> serve(Context& context, const Places& places, ServiceOptions options) {
    AccessLog log(context);
    Hangup hangup(context);
    options.on_look = [&] {
      if (hangup.reload_wanted()) reload(context, log);
      log.mind();
    };
    const auto open = [&] { return open_store(places, StoreUse::write, "", context.random()); };
    THIG_TRY_ASSIGN(service, IncomingService::open(std::move(options), open, context.clock(),
                                                   context.random(), log));
    service_ = service.get();
    THIG_TRY(log_in_background(context, LogIs::record));
    announce(context);
    Status served;
    {
      const Stop::Waker waker(
          context.stop(), [](void* s) noexcept { static_cast<IncomingService*>(s)->stop(); },
          service.get());
      served = service->run();
    }
    const std::uint64_t requests = log.requests();
    service.reset();
    const Status logged = end_log(context, LogIs::record);
    THIG_TRY(served);
    THIG_TRY(logged);
    context.note(fmt::format("stopped after {}",
                             count_of(static_cast<std::int64_t>(requests), "request", "requests")));
    return ExitCode::done;
  }

  void announce(Context& context) const {
    std::string host = listen_.address;
    if (host.find(':') != std::string::npos) host = fmt::format("[{}]", host);
    const std::string url =
        fmt::format("{}://{}:{}", cert_file_ ? "https" : "http", host, service_->port());
    if (context.json()) {
      JsonWriter json;
      json.begin_object().key("kind").text("started").key("url").text(url);
      json.key("pid").number(std::int64_t{getpid()}).end_object();
      context.out().line(json.take());
    } else {
      context.out().line("listening on " + url);
    }
    static_cast<void>(context.out().flush());
    context.note("Ctrl-C or SIGTERM stops it; events go out through `thig-hooks run`");
  }

  // On failure the old ones stay in use.
  void reload(Context& context, AccessLog& log) {
    if (!cert_file_ || service_ == nullptr) return;
    auto certificate = read_trusted_input(context, *cert_file_, longest_pem, "--tls-cert");
    auto key = read_trusted_input(context, *key_file_, longest_pem, "--tls-key");
    Status loaded;
    if (!certificate || !key) {
      loaded = std::unexpected(certificate ? key.error() : certificate.error());
    } else {
      loaded = service_->reload(*certificate, *key);
    }
    log.say(loaded ? "reloaded the certificate"
                   : "the certificate could not be reloaded, the old one stays: " +
                         loaded.error().text);
  }

  ListenAddress listen_;
  std::optional<std::string> cert_file_;
  std::optional<std::string> key_file_;
  std::optional<std::string> public_url_;
  ReceiverOptions receiver_;
  int per_address_ = 200;
  RetentionFlags max_size_;
  IncomingService* service_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_serve_incoming() {
  return std::make_unique<ServeIncoming>();
}

}  // namespace thig

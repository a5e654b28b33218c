#include "cli/app/command.h"
#include "cli/app/hangup.h"
#include "cli/commands/receive/receive.h"
#include "cli/files/input.h"
#include "cli/flags/retention_flags.h"
#include "cli/log/access_log.h"
#include "cli/log/background_log.h"
#include "cli/views/render.h"
#include "core/api/log_lines.h"
#include "core/incoming/service.h"
#include "core/net/certificate.h"
#include "core/setup/incoming_webhooks.h"

#include <charconv>

#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr std::size_t longest_pem = 1u << 20;

struct ListenAddress {
  std::string address = "127.0.0.1";
  int port = 8080;
  bool operator==(const ListenAddress&) const = default;
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
        "end. Put a proxy with TLS before it, or give it a certificate. SIGHUP reloads "
        "configuration files, keys and the certificate; --listen, and TLS on or off, need a "
        "restart.");
    flags.example("thig-hooks serve-incoming --public-url https://hooks.example.com",
                  "Serve behind a proxy that forwards to 127.0.0.1:8080");
    flags.example(
        "thig-hooks serve-incoming --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key "
        "key.pem",
        "Serve HTTPS; SIGHUP reloads the certificate, too");
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
    THIG_TRY(check_pair());
    ServiceOptions options;
    options.server.address = listen_.address;
    options.server.port = listen_.port;
    THIG_TRY_ASSIGN(receiver, receiver_options(context, StoreUse::create));
    options.receiver = std::move(receiver);
    THIG_TRY_ASSIGN(places, context.places());
    if (cert_file_) {
      THIG_TRY_ASSIGN(pair, read_pair(context));
      options.server.certificate = std::move(pair.certificate);
      options.server.private_key = std::move(pair.private_key);
    }
    return serve(context, places, std::move(options));
  }

 private:
  Status check_pair() const {
    if (cert_file_.has_value() == key_file_.has_value()) return {};
    return fail(ErrorCode::usage, "--tls-cert and --tls-key go together");
  }

  Result<Certificate> read_pair(Context& context) const {
    THIG_TRY_ASSIGN(certificate,
                    read_trusted_input(context, *cert_file_, longest_pem, "--tls-cert"));
    THIG_TRY_ASSIGN(key, read_trusted_input(context, *key_file_, longest_pem, "--tls-key"));
    return Certificate{.certificate = std::move(certificate), .private_key = std::move(key)};
  }

  // All that can change while it serves. Keeps a public URL that is given.
  Result<ReceiverOptions> receiver_options(Context& context, StoreUse use) const {
    THIG_TRY_ASSIGN(store, context.store(use));
    ReceiverOptions options = receiver_;
    THIG_TRY_ASSIGN(base, public_url_of(store->config(), public_url_));
    if (public_url_) {
      THIG_TRY_ASSIGN(actor, context.actor(*store));
      THIG_TRY(keep_public_url(store->config(), actor, base, context.now()));
    }
    options.public_url = base;
    options.per_address = per_address_;
    if (max_size_.retention.size) options.most_failed = *max_size_.retention.size / 4;
    return options;
  }

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
      const Stop::Listener listener(
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
      context.out().line(serving_line(url, getpid()));
    } else {
      context.out().line("listening on " + url);
    }
    static_cast<void>(context.out().flush());
    context.out().wait_for_background();
    context.note("Ctrl-C or SIGTERM stops it; events go out through `thig-hooks run`");
  }

  // What cannot be used stays as it was.
  void reload(Context& context, AccessLog& log) {
    if (service_ == nullptr) return;
    Reloaded reloaded;
    if (auto taken = reload_settings(context, reloaded); !taken) {
      reloaded.failed.push_back(fmt::format(
          "the configuration could not be reloaded, the old one stays: {}", taken.error().text));
    }
    if (auto store = context.store(StoreUse::write)) reloaded.reload_key(**store);
    if (cert_file_) reload_certificate(context, reloaded);
    reloaded.tell([&](const std::string& text) { log.say(text); },
                  [&](const std::string& text) { log.warn(text); });
  }

  Status reload_settings(Context& context, Reloaded& reloaded) {
    ServeIncoming fresh;
    THIG_TRY_ASSIGN(globals, context.configure_again(fresh));
    THIG_TRY(fresh.check_pair());
    THIG_TRY_ASSIGN(receiver, fresh.receiver_options(context, StoreUse::write));
    service_->reconfigure(std::move(receiver));
    reloaded.taken.emplace_back("the configuration");
    reloaded.compare_places(context, globals);
    if (fresh.listen_ != listen_) reloaded.needs_restart.emplace_back("--listen");
    if (fresh.cert_file_.has_value() != cert_file_.has_value()) {
      reloaded.needs_restart.emplace_back("--tls-cert, --tls-key");
    } else {
      cert_file_ = fresh.cert_file_;
      key_file_ = fresh.key_file_;
    }
    return {};
  }

  void reload_certificate(Context& context, Reloaded& reloaded) {
    const auto pair = read_pair(context);
    const Status loaded = pair ? service_->reload(pair->certificate, pair->private_key)
                               : Status(std::unexpected(pair.error()));
    if (loaded) {
      reloaded.taken.emplace_back("the certificate");
    } else {
      reloaded.failed.push_back(fmt::format(
          "the certificate could not be reloaded, the old one stays: {}", loaded.error().text));
    }
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

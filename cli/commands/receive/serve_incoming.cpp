#include "cli/app/command.h"
#include "cli/app/hangup.h"
#include "cli/commands/receive/receive.h"
#include "cli/flags/listen_flags.h"
#include "cli/flags/log_flags.h"
#include "cli/flags/retention_flags.h"
#include "cli/log/access_log.h"
#include "cli/log/serving.h"
#include "core/incoming/service.h"
#include "core/setup/incoming_webhooks.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace thig {
namespace {

class ServeIncoming final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Receives requests at the URLs of incoming webhooks. A request is answered 200 once it is "
        "durably recorded; its action runs afterwards, from the database, so it survives a crash. "
        "Runs until SIGTERM or Ctrl-C, then finishes the requests in progress. Put it behind a TLS "
        "proxy, or pass a certificate. SIGHUP reloads configuration files, keys and the "
        "certificate; changes to --listen, and turning TLS on or off, need a restart.");
    flags.example("thig-hooks serve-incoming --public-url https://hooks.example.com",
                  "Run behind a proxy that forwards to 127.0.0.1:8080");
    flags.example(
        "thig-hooks serve-incoming --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key "
        "key.pem",
        "Serve HTTPS; SIGHUP reloads the certificate too");
    listen_.declare(flags);
    log_.declare(flags);
    flags
        .parts("--trusted-proxy", "CIDR",
               "Trust X-Forwarded-For from these proxies; comma-separated",
               [this](const std::string& text) -> Status {
                 THIG_TRY_ASSIGN(range, parse_cidr(text));
                 receiver_.trusted_proxies.push_back(range);
                 return {};
               })
        .config = "incoming.trustedProxies";
    flags
        .text("--public-url", "URL", public_url_,
              "Public base URL of this server, for senders that sign the URL; saved for later")
        .config = "incoming.publicUrl";
    flags
        .number("--rate-per-address", "N", per_address_, 0, 100'000,
                "Maximum requests per second from one address; 0: no limit")
        .config = "incoming.ratePerAddress";
    max_size_.declare_size(flags,
                           "Maximum size of the database, as for `thig-hooks run`; a webhook whose "
                           "failed requests take up a quarter of it answers 503; off: no limit");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(listen_.check());
    context.keep_log(log_.settings(), LogIs::record);
    ServiceOptions options;
    THIG_TRY_ASSIGN(receiver, receiver_options(context, StoreUse::create));
    options.receiver = std::move(receiver);
    THIG_TRY_ASSIGN(paths, context.paths());
    THIG_TRY(listen_.apply(context, options.server));
    return serve(context, paths, std::move(options));
  }

 private:
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
    options.most_failed = max_size_.share();
    return options;
  }

  Result<ExitCode> serve(Context& context, const Paths& paths, ServiceOptions options) {
    AccessLog log(context);
    Hangup hangup(context);
    options.on_look = [&] {
      if (hangup.reload_wanted()) reload(context, log);
      log.mind();
      if (context.stop().requested()) context.supervisor().stopping();
    };
    options.on_beat = [&] { context.supervisor().beat(); };
    const auto open = [&] { return open_store(paths, StoreUse::write, "", context.random()); };
    THIG_TRY_ASSIGN(service, IncomingService::open(std::move(options), open, context.clock(),
                                                   context.random(), log));
    service_ = service.get();
    const Announcement announcement{
        .service = "incoming",
        .url = listen_.url(service->port()),
        .note = "press Ctrl-C or send SIGTERM to stop; `thig-hooks run` delivers events"};
    return serve_until_stopped(context, std::move(service), log, announcement);
  }

  // What cannot be used stays as it was.
  void reload(Context& context, AccessLog& log) {
    if (service_ == nullptr) return;
    context.supervisor().reloading();
    Reloaded reloaded;
    if (auto taken = reload_settings(context, reloaded, log); !taken) {
      reloaded.failed.push_back(fmt::format(
          "could not reload the configuration, keeping the old one: {}", taken.error().text));
    }
    if (auto store = context.store(StoreUse::write)) reloaded.reload_key(**store);
    listen_.reload_certificate(context, reloaded, [this](const Certificate& pair) {
      return service_->reload(pair.certificate, pair.private_key);
    });
    reloaded.tell([&](const std::string& text) { log.say(text); },
                  [&](const std::string& text) { log.warn(text); });
    context.supervisor().ready();
  }

  Status reload_settings(Context& context, Reloaded& reloaded, AccessLog& log) {
    ServeIncoming fresh;
    THIG_TRY_ASSIGN(globals, context.configure_again(fresh));
    THIG_TRY(fresh.listen_.check());
    THIG_TRY_ASSIGN(receiver, fresh.receiver_options(context, StoreUse::write));
    service_->reconfigure(std::move(receiver));
    log_ = fresh.log_;
    log.keep(log_.settings());
    reloaded.taken.emplace_back("the configuration");
    reloaded.compare_places(context, globals);
    std::ranges::move(listen_.take_over(fresh.listen_), std::back_inserter(reloaded.needs_restart));
    return {};
  }

  ListenFlags listen_{8080, "incoming"};
  LogFlags log_;
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

#include "cli/app/command.h"
#include "cli/app/hangup.h"
#include "cli/commands/set_up/new_login_link.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/flags/admin_url_flags.h"
#include "cli/flags/listen_flags.h"
#include "cli/flags/log_flags.h"
#include "cli/flags/metrics_flags.h"
#include "cli/flags/proxy_flags.h"
#include "cli/flags/retention_flags.h"
#include "cli/log/admin_log.h"
#include "cli/log/serving.h"
#include "core/base/codec.h"
#include "core/rules/cidr.h"
#include "core/setup/sessions.h"
#include "core/web/pages/pages.h"
#include "core/web/service.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

namespace thig {
namespace {

// Under this much room events are refused (SqliteOptions::free_space_floor).
constexpr std::uint64_t least_room = 32u << 20;

// As it stands in a request: a name or an address, and perhaps a port.
Status check_host(const std::string& host) {
  const bool bracketed = host.starts_with('[') && host.find(']') != host.npos;
  const bool one_colon = std::ranges::count(host, ':') <= 1;
  if (!host.empty() && (bracketed || one_colon) && host.find_first_of("/ @?#") == host.npos) {
    return {};
  }
  return fail(
      ErrorCode::usage, fmt::format("\"{}\" is not the name of a host", host),
      "write it as in a URL, without https://: hooks.example.com, hooks.example.com:8443 or "
      "[2001:db8::1]");
}

// For GET /readyz: whether what is emitted is delivered.
Status check_ready(const Paths& paths) {
  std::error_code error;
  const auto space = std::filesystem::space(paths.database.file(), error);
  if (!error && space.available < least_room) {
    return fail(ErrorCode::full, "there is no room for more events");
  }
  if (!dispatching_pid(paths)) return fail(ErrorCode::unavailable, "`run` does not run");
  return {};
}

class ServeAdmin final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Serves the HTTP API: applications and admins on other machines emit events, set webhooks "
        "up, and see what was delivered, with keys that `thig-hooks keys add` makes. What there is "
        "stands in GET /api/openapi.json. Until SIGTERM or Ctrl-C; then what is being answered may "
        "end. SIGHUP reloads the configuration and the certificate.");
    flags.about(
        "In a browser it shows the page /admin/webhooks to members, who log in with the link that "
        "`thig-hooks login-link` prints. Started on a terminal it prints one for the member who "
        "starts it; never where standard error is a file, a pipe or the journal.");
    flags.about(
        "On another address than this machine's own it needs a certificate, or --trusted-proxy. A "
        "proxy that signs people in itself may say in a header who they are (--trust-header). "
        "Events go out through `thig-hooks run`.");
    flags.example("thig-hooks serve-admin", "Serve http://127.0.0.1:8081, for this machine alone");
    flags.example(
        "thig-hooks serve-admin --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key key.pem "
        "--allow-host hooks.example.com",
        "Serve HTTPS to other machines");
    listen_.declare(flags);
    log_.declare(flags);
    flags
        .list("--allow-host", "NAME", hosts_,
              "More names that it may be asked for under, besides localhost")
        .config = "admin.allowHosts";
    url_.declare(flags,
                 "Public base URL of this server behind a proxy, which may serve it below a path");
    flags
        .text("--trust-header", "HEADER", trust_header_,
              "Trust what this header says of who sends a request, from --trusted-proxy or a "
              "Unix socket: X-Forwarded-User")
        .config = "admin.trustHeader";
    flags
        .parts("--trusted-proxy", "CIDR",
               "Trust --trust-header from these proxies; comma-separated. On another address than "
               "this "
               "machine's own, without a certificate, nobody else is served",
               [this](const std::string& text) -> Status {
                 THIG_TRY_ASSIGN(range, parse_cidr(text));
                 trusted_proxies_.push_back(range);
                 return {};
               })
        .config = "admin.trustedProxies";
    flags
        .toggle("--proxy-strangers", strangers_are_viewers_,
                "Whoever the proxy names and is not a member is a Viewer, instead of refused")
        .config = "admin.proxyStrangers";
    metrics_.declare_incoming(flags);
    proxy_.declare(flags);
    max_size_.declare_size(
        flags,
        "Maximum size of the database, as for `thig-hooks run`; when idempotency keys take up a "
        "quarter of it, events with a new key are refused; off: no limit");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check());
    context.keep_log(log_.settings(), LogIs::record);
    // Made here if there is none yet, so that a first key can be added while it runs.
    THIG_TRY(context.store(StoreUse::create));
    THIG_TRY_ASSIGN(paths, context.paths());
    THIG_TRY_ASSIGN(proxy, proxy_.read(context));
    used_proxy_ = proxy;
    AdminOptions options;
    THIG_TRY(listen_.apply(context, options.server));
    options.hosts = hosts_;
    THIG_TRY_ASSIGN(url, url_.read());
    options.public_url = url.public_url;
    options.base_path = url.base_path;
    options.proxy = proxy_trust();
    options.pages = page_set();
    options.most_keys = max_size_.share();
    options.facts = {.version = version(),
                     .check_ready = [paths] { return check_ready(paths); },
                     .metrics_sources =
                         [paths, metrics = metrics_, certificate = listen_.certificate_file()] {
                           return metrics.sources(paths, certificate);
                         }};
    options.send_test = [&context, proxy](PreparedTest test, Store& store,
                                          const std::atomic<bool>& stop) -> Result<TestReport> {
      THIG_TRY_ASSIGN(sending, open_sending(proxy));
      return send_test(std::move(test), &store, *sending.sender, *sending.waker, context.clock(),
                       stop);
    };
    return serve(context, paths, url, std::move(options));
  }

 private:
  Status check() const {
    THIG_TRY(listen_.check());
    THIG_TRY(url_.read());
    for (const std::string& host : hosts_) THIG_TRY(check_host(host));
    if (trust_header_ && trusted_proxies_.empty() && !listen_.is_socket()) {
      return fail(ErrorCode::usage, "anybody could send the header of --trust-header",
                  "say from which proxies it is believed: --trusted-proxy, or listen on a Unix "
                  "socket");
    }
    if (listen_.is_socket() || listen_.is_loopback() || listen_.has_tls() ||
        !trusted_proxies_.empty()) {
      return {};
    }
    return fail(
        ErrorCode::usage,
        fmt::format("{} can be reached from other machines: keys would be sent in clear text",
                    listen_.address()),
        "give it a certificate (--tls-cert, --tls-key), or listen on 127.0.0.1 behind a "
        "proxy that has one; for a proxy on another machine: --trusted-proxy");
  }

  Result<ExitCode> serve(Context& context, const Paths& paths, const AdminUrl& url,
                         AdminOptions options) {
    AdminLog log(context);
    Hangup hangup(context);
    options.on_look = [&] {
      if (hangup.reload_wanted()) reload(context, log);
      log.mind();
      if (context.stop().requested()) context.supervisor().stopping();
    };
    options.on_beat = [&] { context.supervisor().beat(); };
    const auto open = [&](bool writes) {
      return open_store(paths, writes ? StoreUse::write : StoreUse::read, "", context.random());
    };
    THIG_TRY_ASSIGN(service, AdminService::open(std::move(options), open, context.clock(),
                                                context.random(), log));
    service_ = service.get();
    const Announcement announcement{
        .service = "admin",
        .url = listen_.url(service->port()),
        .note = "Ctrl-C or SIGTERM stops it; " + how_to_sign_in(context, url, service->port())};
    return serve_until_stopped(context, std::move(service), log, announcement);
  }

  // With a link for whoever sits there. It opens the door for whoever reads it, so nothing that
  // keeps or passes on what is said gets one. Without one the server serves all the same.
  std::string how_to_sign_in(Context& context, const AdminUrl& url, int port) const {
    std::string hint = "log in with `thig-hooks login-link`";
    if (!context.err().terminal() || context.quiet()) return hint;
    if (context.os_user().is_root) return "log in with `thig-hooks login-link --member NAME`";
    const std::string reached = url.public_url.empty() ? reached_at(url, port) : url.public_url;
    if (reached.empty()) return hint;
    const auto link = new_login_link(context, {}, usual_login_period, reached);
    if (!link) {
      context.explain("made no login link: " + link.error().text);
      return hint;
    }
    return fmt::format("to log in as {}, once, within {}, open {}", link->code.member,
                       format_duration(usual_login_period), link->url);
  }

  // Where a browser reaches it without a proxy; empty if none does.
  std::string reached_at(const AdminUrl& url, int port) const {
    if (listen_.is_socket() || proxy_trust().nobody_else) return {};
    if (!listen_.is_loopback() && !hosts_.empty()) {
      return listen_.url_by(hosts_.front(), port) + url.base_path;
    }
    const std::string own =
        listen_.is_any_address() ? listen_.url_by("localhost", port) : listen_.url(port);
    return own + url.base_path;
  }

  // What cannot be used stays as it was.
  void reload(Context& context, AdminLog& log) {
    if (service_ == nullptr) return;
    context.supervisor().reloading();
    Reloaded reloaded;
    if (auto taken = reload_settings(context, reloaded, log); !taken) {
      reloaded.failed.push_back(fmt::format(
          "the configuration could not be reloaded, the old one stays: {}", taken.error().text));
    }
    listen_.reload_certificate(context, reloaded, [this](const Certificate& pair) {
      return service_->reload(pair.certificate, pair.private_key);
    });
    reloaded.tell([&](const std::string& text) { log.say(text); },
                  [&](const std::string& text) { log.warn(text); });
    context.supervisor().ready();
  }

  Status reload_settings(Context& context, Reloaded& reloaded, AdminLog& log) {
    ServeAdmin fresh;
    THIG_TRY_ASSIGN(globals, context.configure_again(fresh));
    THIG_TRY(fresh.check());
    log_ = fresh.log_;
    log.keep(log_.settings());
    reloaded.taken.emplace_back("the configuration");
    reloaded.compare_places(context, globals);
    std::ranges::move(listen_.take_over(fresh.listen_), std::back_inserter(reloaded.needs_restart));
    if (fresh.hosts_ != hosts_) reloaded.needs_restart.emplace_back("--allow-host");
    if (fresh.trust_header_ != trust_header_ || fresh.trusted_proxies_ != trusted_proxies_ ||
        fresh.strangers_are_viewers_ != strangers_are_viewers_) {
      reloaded.needs_restart.emplace_back("--trust-header, --trusted-proxy, --proxy-strangers");
    }
    fresh.proxy_.compare(context, used_proxy_, reloaded);
    std::ranges::move(url_.changed(fresh.url_), std::back_inserter(reloaded.needs_restart));
    if (fresh.max_size_.share() != max_size_.share()) {
      reloaded.needs_restart.emplace_back("--max-size");
    }
    return {};
  }

  ProxyTrust proxy_trust() const {
    ProxyTrust trust{.header = ascii_lower(trust_header_.value_or("")), .peers = trusted_proxies_};
    if (strangers_are_viewers_) trust.strangers = Role::viewer;
    trust.nobody_else = !listen_.is_socket() && !listen_.is_loopback() && !listen_.has_tls();
    return trust;
  }

  ListenFlags listen_{8081, "admin", true};
  LogFlags log_;
  std::optional<std::string> trust_header_;
  std::vector<Cidr> trusted_proxies_;
  bool strangers_are_viewers_ = false;
  std::vector<std::string> hosts_;
  AdminUrlFlags url_;
  MetricsFlags metrics_;
  ProxyFlags proxy_;
  std::optional<EgressProxy> used_proxy_;
  RetentionFlags max_size_;
  AdminService* service_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_serve_admin() {
  return std::make_unique<ServeAdmin>();
}

}  // namespace thig

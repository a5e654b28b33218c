#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/files/input.h"
#include "cli/listen/listen_certificate.h"
#include "cli/listen/receiver_check.h"
#include "cli/log/background_log.h"
#include "cli/views/render.h"
#include "core/api/log_lines.h"
#include "core/base/codec.h"
#include "core/net/http_server.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include <fmt/format.h>

namespace thig {
namespace {

struct ListenOptions {
  std::string address = "127.0.0.1";
  int port = 0;
  SecretFlags secret;
  std::optional<std::string> cert_file;
  int count = 0;
  int status = 0;  // 0: 200, or 401 for a bad signature
  Millis delay{0};
  int fail_first = 0;
  std::optional<Millis> retry_after;
  Millis tolerance = std::chrono::minutes(5);
};

// Stops a server once the last answer has gone out; at once if it was sent without a delay.
class LateStop {
 public:
  void stop(HttpServer& server, Millis after) {
    if (after == Millis{0}) {
      server.stop();
      return;
    }
    try {
      waiting_ = std::jthread([this, &server, after](std::stop_token ended) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, ended, after, [] { return false; });
        if (!ended.stop_requested()) server.stop();
      });
    } catch (const std::system_error&) {
      server.stop();  // there can be no thread now
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread waiting_;  // last: it uses the others
};

class Listener {
 public:
  Listener(Context& context, const ListenOptions& options, const std::optional<std::string>& secret)
      : context_(context), options_(options), check_(secret, options.tolerance) {}

  Result<ExitCode> serve(const HttpServerOptions& server_options, const std::string& cert_file) {
    THIG_TRY_ASSIGN(server,
                    open_http_server(server_options, at_once([this](const HttpRequest& request) {
                                       return answer(request);
                                     })));
    server_ = server.get();
    LateStop late_stop;
    late_stop_ = &late_stop;
    THIG_TRY(log_in_background(context_, LogIs::answer));
    announce(cert_file);
    {
      const Stop::Listener listener(
          context_.stop(), [](void* s) noexcept { static_cast<HttpServer*>(s)->stop(); },
          server.get());
      server->run();
    }
    THIG_TRY(end_log(context_, LogIs::answer));
    if (context_.stop().requested()) {
      context_.note(fmt::format("stopped after {}", count_of(requests_, "request", "requests")));
    }
    return ExitCode::done;
  }

 private:
  std::string url() const {
    std::string host = options_.address;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos) host = fmt::format("[{}]", host);
    return fmt::format("https://{}:{}", host, server_->port());
  }

  void announce(const std::string& cert_file) {
    if (context_.json()) {
      context_.out().line(listening_line(url(), cert_file));
    } else {
      context_.out().line("listening on " + url());
    }
    flush();
    context_.note(fmt::format("its certificate is {}; to send deliveries here:", cert_file));
    context_.note(
        fmt::format("  thig-hooks add outgoing local {}/ --event '*' --allow-private --ca-file {}",
                    url(), cert_file));
  }

  HttpResponse answer(const HttpRequest& request) {
    if (request.method != "POST") {
      return {.status = 405, .headers = {{"allow", "POST"}}, .body = "POST only\n", .delay = {}};
    }
    if (options_.count > 0 && requests_ >= options_.count) {
      return {.status = 503, .headers = {}, .body = "request limit reached\n", .delay = {}};
    }
    ++requests_;
    const Time now = context_.now();
    const CheckedRequest checked = check_.check(request, now);
    HttpResponse response{
        .status = status_for(checked), .headers = {}, .body = {}, .delay = options_.delay};
    if (response.status >= 400 && options_.retry_after) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(*options_.retry_after).count();
      response.headers.push_back({"retry-after", std::to_string(seconds)});
    }
    write(request, checked, response.status, now);
    flush();
    if (requests_ == options_.count) late_stop_->stop(*server_, options_.delay);
    return response;
  }

  int status_for(const CheckedRequest& checked) const {
    if (requests_ <= options_.fail_first) return options_.status > 0 ? options_.status : 500;
    if (options_.status > 0 && options_.fail_first == 0) return options_.status;
    return is_acceptable(checked) ? 200 : 401;
  }

  void write(const HttpRequest& request, const CheckedRequest& checked, int status, Time now) {
    if (context_.json()) {
      const std::string verdict = verdict_name(checked);
      const std::string matched = matched_name(checked);
      context_.out().line(listened_line({.id = checked.id,
                                         .event = checked.event,
                                         .verdict = verdict,
                                         .matched = matched,
                                         .status = status,
                                         .duplicate = checked.duplicate,
                                         .body = request.body},
                                        now));
      return;
    }
    const std::string event = checked.event.empty() ? "(no event)" : printable(checked.event);
    const std::string id = checked.id.empty() ? "(no webhook-id)" : printable(checked.id);
    context_.out().line(
        fmt::format("{} {} {} {}{}, answered {}", format_rfc3339(now), event, id,
                    paint(describe(checked), style_of(checked), context_.out_colour()),
                    checked.duplicate ? ", duplicate" : "", status));
    if (context_.verbose()) context_.out().line("  " + printable(request.body));
  }

  static Style style_of(const CheckedRequest& checked) {
    if (!checked.verification) return Style::warn;
    return is_acceptable(checked) ? Style::good : Style::bad;
  }

  void flush() {
    // It is written in the background, so that no reader delays an answer.
    static_cast<void>(context_.out().flush());
    mind_log(context_);
  }

  Context& context_;
  const ListenOptions& options_;
  ReceiverCheck check_;
  HttpServer* server_ = nullptr;
  LateStop* late_stop_ = nullptr;
  int requests_ = 0;
};

class Listen final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "An HTTPS receiver for development. It checks every POST as a receiver should: signature, "
        "age, and whether the webhook-id is a duplicate. With a secret, a request without a valid "
        "signature is answered 401. The certificate is stored and reused.");
    flags.example("thig-hooks listen --port 8443", "Receive without verifying signatures");
    flags.example("thig-hooks listen --port 8443 --secret-file crm.secret -v",
                  "Verify signatures, and print the bodies");
    flags.example("thig-hooks listen --fail-first 2 --count 3 --json",
                  "Watch retries: fail twice, then succeed, then exit");
    flags.number("--port", "N", options_.port, 0, 65'535, "Port to listen on; 0 picks a free one");
    flags.text("--address", "ADDRESS", options_.address, "Address to listen on");
    options_.secret.declare(flags);
    flags.text("--cert-file", "FILE", options_.cert_file,
               "Where to store its certificate, for --ca-file (default: in the data directory)");
    flags.number("--count", "N", options_.count, 0, 1'000'000'000,
                 "Exit 0 after this many requests; 0: no limit");
    flags
        .number("--status", "CODE", options_.status, 200, 599,
                "Answer every request with this status")
        .fallback = "200, or 401 for an invalid signature";
    flags.duration("--delay", options_.delay, "Wait before answering");
    flags.number("--fail-first", "N", options_.fail_first, 0, 1'000'000'000,
                 "Answer the first N requests with 500 (or --status), then succeed");
    flags.duration("--retry-after", options_.retry_after,
                   "Send Retry-After with this delay in failing responses");
    flags.duration("--tolerance", options_.tolerance,
                   "Maximum age of a signature, and how far in the future it may be");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(secret, read_secret(context, options_.secret));
    if (!secret) {
      context.note("no secret given, so signatures are not verified; see --secret-file");
    }
    THIG_TRY_ASSIGN(cert_file, certificate_file(context));
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
    const bool any = options_.address == "0.0.0.0" || options_.address == "::";
    if (!any && std::ranges::find(names, options_.address) == names.end()) {
      names.push_back(options_.address);
    }
    THIG_TRY_ASSIGN(certificate,
                    listen_certificate(cert_file, names, context.now(), context.random()));
    HttpServerOptions server;
    server.address = options_.address;
    server.port = options_.port;
    server.certificate = std::move(certificate.certificate);
    server.private_key = std::move(certificate.private_key);
    server.max_body = 2u << 20;  // an event of 1 MiB, and what stands around it
    return Listener(context, options_, secret).serve(server, cert_file);
  }

 private:
  Result<std::string> certificate_file(Context& context) const {
    if (options_.cert_file) return absolute_path(*options_.cert_file);
    THIG_TRY_ASSIGN(folder, data_folder(context.environment()));
    if (options_.address == ListenOptions().address) return folder + "/listen/cert.pem";
    // One for each address, or listening on two in turn would make it anew every time.
    std::string address = options_.address;
    std::ranges::replace(address, '/', '_');
    return fmt::format("{}/listen/cert-{}.pem", folder, address);
  }

  ListenOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_listen() {
  return std::make_unique<Listen>();
}

}  // namespace thig

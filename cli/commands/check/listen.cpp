#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/files/input.h"
#include "cli/flags/log_flags.h"
#include "cli/flags/scheme_flags.h"
#include "cli/listen/listen_certificate.h"
#include "cli/listen/listen_secret.h"
#include "cli/listen/receiver_check.h"
#include "cli/log/background_log.h"
#include "cli/log/record.h"
#include "cli/views/render.h"
#include "core/api/log_lines.h"
#include "core/api/shell_words.h"
#include "core/base/codec.h"
#include "core/net/forwarder.h"
#include "core/net/http_server.h"
#include "core/rules/header_text.h"
#include "core/rules/url_rules.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view own_scheme = "own";

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
  std::optional<Millis> tolerance;
  bool no_verify = false;
  SchemeFlags scheme;
  std::string body;
  std::vector<Header> headers;
  std::optional<std::string> redirect_to;
  std::optional<std::string> forward_to;
  std::optional<std::string> forward_ca_file;
};

// What is needed to listen.
struct Means {
  std::string cert_file;
  std::optional<std::string> secret{};  // nothing: nothing is verified
  std::string secret_file{};            // where webhooks that send here get it; empty: nowhere
  std::unique_ptr<Forwarder> forwarder{};
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
      waiting_ = std::jthread([this, &server, after](const std::stop_token& ended) {
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
  Listener(Context& context, const ListenOptions& options, Means means, ReceiverCheck check)
      : context_(context), options_(options), means_(std::move(means)), check_(std::move(check)) {}

  Result<ExitCode> serve(const HttpServerOptions& server_options) {
    THIG_TRY_ASSIGN(server,
                    open_http_server(server_options, [this](HttpRequest& request, Respond respond) {
                      handle(request, std::move(respond));
                    }));
    server_ = server.get();
    LateStop late_stop;
    late_stop_ = &late_stop;
    THIG_TRY(log_in_background(context_, LogIs::answer));
    announce();
    {
      const Stop::Listener listener(
          context_.stop(), [](void* s) noexcept { static_cast<HttpServer*>(s)->stop(); },
          server.get());
      server->run();
    }
    means_.forwarder.reset();  // it calls the server
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
    return fmt::format("https://{}:{}", host_in_url(host), server_->port());
  }

  void announce() {
    if (context_.json() || context_.logs_json()) {
      context_.out().line(
          listening_line(url(), means_.cert_file, means_.secret_file, context_.now()));
    } else {
      context_.out().line("listening on " + url());
    }
    flush();
    if (options_.forward_to) context_.note("forwarding requests to " + *options_.forward_to);
    if (options_.scheme.name != own_scheme) return;
    ShellCommand add("thig-hooks add outgoing local");
    add.positional(url() + "/").flag("--event", "*").words(" --allow-private");
    add.flag("--ca-file", means_.cert_file);
    if (!means_.secret_file.empty()) add.flag("--secret-file", means_.secret_file);
    context_.note("to send deliveries here:");
    context_.note("  " + add.text());
  }

  void handle(HttpRequest& request, Respond respond) {
    if (request.method != "POST") {
      return respond({.status = 405, .headers = {{"allow", "POST"}}, .body = "POST only\n"});
    }
    if (options_.count > 0 && requests_ >= options_.count) {
      return respond({.status = 503, .headers = {}, .body = "request limit reached\n"});
    }
    ++requests_;
    const Time now = context_.now();
    const CheckedRequest checked = check_.check(request, now, url() + request.target);
    if (means_.forwarder && is_acceptable(checked)) {
      return forward(request, checked, now, std::move(respond));
    }
    HttpResponse response{.status = status_for(checked), .delay = options_.delay};
    dress(response);
    end(request, checked, response.status, {}, now);
    respond(std::move(response));
    count_answer();
  }

  // What came back from there is the answer. It is told on the server's thread, as all else.
  void forward(const HttpRequest& request, const CheckedRequest& checked, Time now,
               Respond respond) {
    means_.forwarder->forward(request, [this, request, checked, now,
                                        respond = std::move(respond)](ForwardedAnswer answer) {
      server_->post([this, request, checked, now, respond, answer = std::move(answer)] {
        HttpResponse response{.status = answer.status > 0 ? answer.status : 502,
                              .headers = answer.headers,
                              .body = answer.body,
                              .delay = options_.delay};
        if (answer.status == 0) response.body = answer.failure + "\n";
        end(request, checked, response.status,
            ListenedRequest::Forwarded{
                .status = answer.status, .took = answer.took, .failure = answer.failure},
            now);
        respond(std::move(response));
        count_answer();
      });
    });
  }

  // The answer that was asked for.
  void dress(HttpResponse& response) const {
    if (response.status >= 400 && options_.retry_after) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(*options_.retry_after).count();
      response.headers.push_back({"retry-after", std::to_string(seconds)});
    }
    if (options_.redirect_to) response.headers.push_back({"location", *options_.redirect_to});
    response.headers.insert(response.headers.end(), options_.headers.begin(),
                            options_.headers.end());
    response.body = options_.body;
  }

  int status_for(const CheckedRequest& checked) const {
    const int asked = options_.redirect_to && options_.status == 0 ? 302 : options_.status;
    if (requests_ <= options_.fail_first) return asked > 0 ? asked : 500;
    if (asked > 0 && options_.fail_first == 0) return asked;
    return is_acceptable(checked) ? 200 : 401;
  }

  void count_answer() {
    if (++answers_ == options_.count) late_stop_->stop(*server_, options_.delay);
  }

  void end(const HttpRequest& request, const CheckedRequest& checked, int status,
           const std::optional<ListenedRequest::Forwarded>& forwarded, Time now) {
    write(request, checked, status, forwarded, now);
    flush();
  }

  void write(const HttpRequest& request, const CheckedRequest& checked, int status,
             const std::optional<ListenedRequest::Forwarded>& forwarded, Time now) {
    const auto document = [&] {
      const std::string verdict = verdict_name(checked);
      const std::string matched = matched_name(checked);
      return listened_line({.id = checked.id,
                            .event = checked.event,
                            .verdict = verdict,
                            .matched = matched,
                            .status = status,
                            .duplicate = checked.duplicate,
                            .headers = request.headers,
                            .body = request.body,
                            .forwarded = forwarded},
                           level_of(checked), now);
    };
    const auto text = [&] {
      const std::string event =
          checked.event.empty() ? "(no event)" : printable(log_field(checked.event));
      const std::string id =
          checked.id.empty() ? "(no webhook-id)" : printable(log_field(checked.id));
      return fmt::format("{} {} {}{}, {}", event, id,
                         paint(describe(checked), style_of(checked), context_.out_colour()),
                         checked.duplicate ? ", duplicate" : "",
                         describe_answer(status, forwarded));
    };
    write_record(context_, level_of(checked), now, text, document);
    if (context_.json() || context_.logs_json() || !context_.logs(LogLevel::debug)) return;
    for (const Header& header : request.headers) {
      context_.out().line(fmt::format("  {}: {}", printable(header.name), printable(header.value)));
    }
    context_.out().line("  " + printable(request.body));
  }

  static std::string describe_answer(int status,
                                     const std::optional<ListenedRequest::Forwarded>& forwarded) {
    if (!forwarded) return fmt::format("answered {}", status);
    if (forwarded->status == 0) {
      return fmt::format("answered {}: forwarding failed: {}", status,
                         printable(std::string(forwarded->failure)));
    }
    return fmt::format("forwarded, answered {} in {} ms", status, forwarded->took.count());
  }

  static LogLevel level_of(const CheckedRequest& checked) {
    return is_acceptable(checked) ? LogLevel::info : LogLevel::warning;
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
  Means means_;
  ReceiverCheck check_;
  HttpServer* server_ = nullptr;
  LateStop* late_stop_ = nullptr;
  int requests_ = 0;
  int answers_ = 0;
};

class Listen final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "An HTTPS receiver for development. It checks every POST as a receiver should: signature, "
        "age, and whether the webhook-id is a duplicate. A request without a valid signature is "
        "answered 401. If no secret is given, it creates one. Secret and certificate are stored "
        "and "
        "reused, and the `thig-hooks add` command that it prints uses both.");
    flags.about(
        "--forward-to passes valid requests on to a server of your own, such as the one you are "
        "developing, and answers with its response. --scheme verifies requests of other services, "
        "with the secret that they sign with.");
    flags.example("thig-hooks listen --port 8443 -v", "Receive, verify and print deliveries");
    flags.example("thig-hooks listen --port 8443 --forward-to http://127.0.0.1:3000/hook",
                  "Forward deliveries to a server that you are developing");
    flags.example("thig-hooks listen --fail-first 2 --count 3 --json",
                  "Watch retries: fail twice, then succeed, then exit");
    flags.example("thig-hooks listen --scheme github --secret-file github.secret",
                  "Verify requests of GitHub");
    flags.number("--port", "N", options_.port, 0, 65'535, "Port to listen on; 0 picks a free one");
    flags.text("--address", "ADDRESS", options_.address, "Address to listen on");
    log_.declare(flags);
    options_.secret.declare(flags);
    flags.toggle("--no-verify", options_.no_verify, "Do not verify signatures");
    options_.scheme.name = own_scheme;
    options_.scheme.declare(flags, {std::string(own_scheme)});
    flags.text("--cert-file", "FILE", options_.cert_file,
               "Where to store its certificate, for --ca-file (default: in the data directory)");
    flags.text("--forward-to", "URL", options_.forward_to,
               "Forward valid requests to this http or https URL, and answer with its response");
    flags.text("--forward-ca-file", "FILE", options_.forward_ca_file,
               "CA certificates to trust for --forward-to, instead of the system's");
    flags.number("--count", "N", options_.count, 0, 1'000'000'000,
                 "Exit 0 after this many requests; 0: no limit");
    flags
        .number("--status", "STATUS", options_.status, 200, 599,
                "Answer every request with this status")
        .fallback = "200, or 401 for an invalid signature";
    flags.text("--answer-body", "TEXT", options_.body, "Answer with this body").fallback = "";
    flags
        .custom("--answer-header", "'NAME: VALUE'", "Add this header to the answer; repeatable",
                [this](const std::string& text) -> Status {
                  THIG_TRY_ASSIGN(header, parse_header(text));
                  options_.headers.push_back(std::move(header));
                  return {};
                })
        .repeated = true;
    flags.text("--redirect-to", "URL", options_.redirect_to,
               "Answer with a redirect to this URL: 302, or the --status");
    flags.duration("--delay", options_.delay, "Wait before answering");
    flags.number("--fail-first", "N", options_.fail_first, 0, 1'000'000'000,
                 "Answer the first N requests with 500 (or --status), then succeed");
    flags.duration("--retry-after", options_.retry_after,
                   "Send Retry-After with this delay in failing responses");
    flags
        .duration("--tolerance", options_.tolerance,
                  "Maximum age of a signature, and how far in the future it may be")
        .fallback = "the scheme's own, mostly 5m";
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_call());
    context.keep_log(log_.settings(), LogIs::answer);
    THIG_TRY_ASSIGN(schemes, chosen_schemes());
    THIG_TRY_ASSIGN(cert_file, certificate_file(context));
    THIG_TRY_ASSIGN(means, prepare(context, cert_file));
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
    server.max_header = 64u << 10;
    ReceiverCheck check(means.secret, options_.tolerance, std::move(schemes));
    return Listener(context, options_, std::move(means), std::move(check)).serve(server);
  }

 private:
  Status check_call() const {
    const bool answers = options_.status > 0 || !options_.body.empty() ||
                         !options_.headers.empty() || options_.redirect_to ||
                         options_.fail_first > 0;
    if (options_.forward_to && answers) {
      return fail(
          ErrorCode::usage,
          "--forward-to answers with the response of that server: it cannot be combined with "
          "--status, --answer-body, --answer-header, --redirect-to and --fail-first");
    }
    if (options_.forward_ca_file && !options_.forward_to) {
      return fail(ErrorCode::usage, "--forward-ca-file requires --forward-to");
    }
    return {};
  }

  Result<std::vector<const Scheme*>> chosen_schemes() {
    if (options_.scheme.name != own_scheme) return options_.scheme.schemes();
    THIG_TRY(options_.scheme.check_not_generic());
    return std::vector<const Scheme*>{};
  }

  Result<Means> prepare(Context& context, const std::string& cert_file) {
    Means means{.cert_file = cert_file};
    if (!options_.no_verify) {
      THIG_TRY_ASSIGN(given, read_secret(context, options_.secret));
      means.secret = std::move(given);
      if (means.secret && options_.secret.file && *options_.secret.file != "-") {
        means.secret_file = absolute_path(*options_.secret.file);
      }
      if (!means.secret && options_.scheme.name != own_scheme) {
        return fail(ErrorCode::usage, "the secret that the sender signs with is missing",
                    "give it with --secret-file, or turn verification off with --no-verify");
      }
      if (!means.secret) {
        means.secret_file = folder_of(cert_file) + "/secret";
        THIG_TRY_ASSIGN(kept, listen_secret(means.secret_file, context.random()));
        means.secret = std::move(kept);
      }
    }
    if (options_.forward_to) {
      const ForwarderOptions forward{.url = *options_.forward_to,
                                     .ca_file = options_.forward_ca_file.value_or("")};
      THIG_TRY_ASSIGN(forwarder, open_forwarder(forward));
      means.forwarder = std::move(forwarder);
    }
    return means;
  }

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
  LogFlags log_;
};

}  // namespace

std::unique_ptr<Command> make_listen() {
  return std::make_unique<Listen>();
}

}  // namespace thig

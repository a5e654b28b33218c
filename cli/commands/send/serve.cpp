#include "cli/app/command.h"
#include "cli/app/hangup.h"
#include "cli/app/part.h"
#include "cli/app/supervised_parts.h"
#include "cli/commands/send/send.h"
#include "cli/flags/log_flags.h"
#include "cli/log/background_log.h"
#include "core/api/words.h"

#include <algorithm>
#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr Millis look_around{500};

// What is served, by the word that leaves it out.
struct Service {
  std::string word;
  std::string command;
};
const Service services[] = {
    {"run", "run"}, {"incoming", "serve-incoming"}, {"admin", "serve-admin"}};

std::vector<std::string> service_words() {
  std::vector<std::string> words;
  for (const Service& service : services) words.push_back(service.word);
  return words;
}

using Parts = std::vector<std::unique_ptr<Part>>;

// Fit for signal handlers.
void stop_all(void* parts) noexcept {
  for (const auto& part : *static_cast<Parts*>(parts)) part->stop(SIGTERM);
}

class Serve final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Runs `thig-hooks run`, `thig-hooks serve-incoming` and `thig-hooks serve-admin` in one "
        "process, each with its settings from the configuration file. Runs until SIGTERM or "
        "Ctrl-C. If one of them fails, all stop, so that the service manager restarts the process; "
        "nothing that was accepted is lost. SIGHUP reloads configuration, keys and certificates "
        "for all of them.");
    flags.example("thig-hooks serve",
                  "Deliver, receive, and serve the admin page and the HTTP API");
    flags.example("thig-hooks serve --without incoming", "Do not serve incoming webhooks");
    auto& without = flags.parts("--without", "SERVICE", "Service to leave out; comma-separated",
                                [this](const std::string& text) -> Status {
                                  const auto words = service_words();
                                  if (std::ranges::find(words, text) == words.end()) {
                                    return std::unexpected(not_a_choice(text, words));
                                  }
                                  without_.push_back(text);
                                  return {};
                                });
    without.choices = service_words();
    without.config = "serve.without";
    log_.declare(flags);
    flags_ = &flags;
  }

  Result<ExitCode> run(Context& context) override {
    Hangup hangup(context);
    context.keep_log(log_.settings(), LogIs::record);
    // Made or upgraded once, before any of them opens it.
    THIG_TRY(context.store(StoreUse::create));
    THIG_TRY_ASSIGN(waker, make_waker());
    THIG_TRY(log_in_background(context, LogIs::record));
    const auto streams = std::make_shared<std::mutex>();
    const std::vector<Service> served = served_here();
    SupervisedParts supervised(context.supervisor(), served.size());
    Parts parts;
    for (const Service& service : served) {
      std::vector<std::string> words = LogFlags::words(*flags_);
      words.insert(words.begin(), service.command);
      parts.push_back(std::make_unique<Part>(context, std::move(words), service.word + ": ",
                                             streams, *waker, supervised.part(parts.size())));
    }
    if (parts.empty()) {
      return fail(ErrorCode::usage, "nothing left to serve",
                  "leave out fewer services with --without");
    }
    const ExitCode ended = serve(context, hangup, parts, *waker, *streams);
    THIG_TRY(end_log(context, LogIs::record));
    return ended;
  }

 private:
  std::vector<Service> served_here() const {
    std::vector<Service> served;
    for (const Service& service : services) {
      if (std::ranges::find(without_, service.word) == without_.end()) served.push_back(service);
    }
    return served;
  }

  // What the first of them exits with that ends otherwise than well.
  static ExitCode serve(Context& context, Hangup& hangup, Parts& parts, Waker& waker,
                        std::mutex& streams) {
    bool started = true;
    {
      const Stop::Listener listener(context.stop(), stop_all, &parts);
      for (const auto& part : parts) {
        if (const auto begun = part->start(); !begun) {
          const std::scoped_lock lock(streams);
          context.warn(begun.error().text);
          started = false;
          break;
        }
      }
      while (started &&
             std::ranges::none_of(parts, [](const auto& part) { return part->ended(); })) {
        waker.wait(look_around);
        const std::scoped_lock lock(streams);
        if (hangup.reload_wanted()) reload_log(context);
        mind_log(context);
      }
      stop_all(&parts);
    }
    ExitCode code = started ? ExitCode::done : ExitCode::failed;
    for (const auto& part : parts) {
      const ExitCode its = part->join();
      if (code == ExitCode::done) code = its;
    }
    return code;
  }

  // The parts tell what they have reloaded, and why one could not.
  static void reload_log(Context& context) {
    Serve fresh;
    if (context.configure_again(fresh)) context.keep_log(fresh.log_.settings(), LogIs::record);
  }

  std::vector<std::string> without_;
  LogFlags log_;
  const Flags* flags_ = nullptr;  // as they were declared; they outlive `run`
};

}  // namespace

std::unique_ptr<Command> make_serve() {
  return std::make_unique<Serve>();
}

}  // namespace thig

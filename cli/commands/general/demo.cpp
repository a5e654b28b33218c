#include "cli/app/command.h"
#include "cli/commands/general/child.h"
#include "cli/commands/general/general.h"
#include "core/api/shell_words.h"
#include "core/base/json.h"
#include "core/base/temporary_folder.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

using Words = std::vector<std::string>;

std::string text_of(std::string_view document, std::string_view name) {
  const auto value = json_find(document, name);
  return value ? json_text(*value).value_or("") : "";
}

// The commands of the tour, each a process of its own, as a person would type them.
class Tour {
 public:
  Tour(Context& context, const TemporaryFolder& folder) : context_(context) {
    for (const std::string_view name :
         {"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"}) {
      environment_.push_back(fmt::format("{}={}", name, folder.path()));
    }
    environment_.push_back("THIG_HOOKS_CONFIG=/dev/null");
    environment_.push_back(fmt::format("THIG_HOOKS_DB={}/hooks.db", folder.path()));
    for (const char* name : {"TERM", "COLUMNS", "NO_COLOR", "CLICOLOR_FORCE", "LANG", "LC_ALL"}) {
      if (const auto value = context.environment().get(name)) {
        environment_.push_back(fmt::format("{}={}", name, *value));
      }
    }
  }

  Status run() {
    THIG_TRY(deliver_one());
    THIG_TRY(lose_one_and_get_it_back());
    heading("The figures of the webhook");
    THIG_TRY(command({"list"}));
    context_.out().line("");
    context_.out().line(
        "That was the main job. Everything was in a temporary folder, which is gone now. Begin "
        "with your own:");
    context_.out().line("  thig-hooks add outgoing NAME https://… --event 'project.*'");
    context_.out().line("  thig-hooks run");
    return {};
  }

 private:
  Status deliver_one() {
    heading("A receiver on this machine: HTTPS, with a certificate of its own");
    type({"listen"});
    auto receiver = Child::start({"listen", "--json"}, environment_, Child::Output::read);
    if (!receiver) return std::unexpected(std::move(receiver).error());
    receiver_.emplace(std::move(*receiver));
    const auto line = receiver_->next_line();
    if (!line) return fail(ErrorCode::network, "the receiver did not start");
    url_ = text_of(*line, "url");
    context_.out().line("listening on " + url_);

    heading("An admin adds a webhook that sends to it");
    THIG_TRY(command({"add", "outgoing", "crm", url_, "--event", "project.*", "--allow-private",
                      "--ca-file", text_of(*line, "caFile"), "--secret-file",
                      text_of(*line, "secretFile"), "--retry", "none"}));
    heading("An application emits an event");
    THIG_TRY(command({"emit", "project.created", "--data", R"({"projectId":"proj_123"})"}));
    heading("It is signed and delivered (`thig-hooks run` does this all the time)");
    THIG_TRY(command({"deliver"}));
    const auto received = receiver_->next_line();
    if (!received || text_of(*received, "verdict") != "valid") {
      return fail(ErrorCode::internal, "the receiver did not verify the delivery");
    }
    context_.out().line(fmt::format("receiver: {}, signature {}", text_of(*received, "event"),
                                    text_of(*received, "verdict")));
    return {};
  }

  Status lose_one_and_get_it_back() {
    heading("The receiver is down, and this webhook has no retries: the delivery dies");
    receiver_.reset();
    THIG_TRY(command({"emit", "project.updated", "--data", R"({"projectId":"proj_123"})"}));
    THIG_TRY(command({"deliver"}));
    heading("Nothing is lost: it says why, and what to do");
    THIG_TRY_ASSIGN(delivery, newest_delivery());
    THIG_TRY(command({"deliveries", "show", delivery}));

    heading("The receiver is back, at the same address: send it again");
    type({"listen", "--port", port_of(url_)});
    auto receiver = Child::start({"listen", "--json", "--port", port_of(url_)}, environment_,
                                 Child::Output::read);
    if (!receiver) return std::unexpected(std::move(receiver).error());
    receiver_.emplace(std::move(*receiver));
    if (!receiver_->next_line()) return fail(ErrorCode::network, "the receiver did not start");
    THIG_TRY(command({"retry", delivery}));
    return command({"deliver"});
  }

  static std::string port_of(const std::string& url) {
    const auto colon = url.rfind(':');
    return url.substr(colon + 1, url.find('/', colon) - colon - 1);
  }

  Result<std::string> newest_delivery() {
    THIG_TRY_ASSIGN(child, Child::start({"deliveries", "--limit", "1", "--json"}, environment_,
                                        Child::Output::read));
    const auto line = child.next_line();
    child.wait();
    const std::string document = line.value_or("[]");
    const auto rows = json_elements(document);
    if (rows.empty()) return fail(ErrorCode::internal, "the delivery is not listed");
    return text_of(rows.front(), "id");
  }

  void heading(const std::string& text) {
    ++step_;
    context_.out().line(
        fmt::format("{}{}", step_ > 1 ? "\n" : "",
                    paint(fmt::format("{}. {}", step_, text), Style::bold, context_.out_colour())));
  }

  void type(const Words& words) {
    std::string text = "thig-hooks";
    for (const std::string& word : words) text += " " + shell_word(word);
    context_.out().line(paint("$ " + text, Style::dim, context_.out_colour()));
  }

  Status command(const Words& words) {
    if (context_.stop().requested()) return fail(ErrorCode::interrupted, "interrupted");
    type(words);
    // Before the other process writes to the same place.
    THIG_TRY(context_.out().flush());
    THIG_TRY_ASSIGN(child, Child::start(words, environment_, Child::Output::shared));
    const int status = child.wait();
    if (status == 0) return {};
    if (context_.stop().requested()) return fail(ErrorCode::interrupted, "interrupted");
    return fail(ErrorCode::internal,
                fmt::format("`thig-hooks {}` exited with {}", words.front(), status),
                "its message is above; `thig-hooks doctor` may know more");
  }

  Context& context_;
  Words environment_;
  std::optional<Child> receiver_;
  std::string url_;
  int step_ = 0;
};

class Demo final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Shows the main job on this machine, in about a second: a receiver, a webhook, an event "
        "that is delivered and verified, one that dies and is sent again, and the figures. Each "
        "step prints the command that does it. Everything happens in a temporary folder, which is "
        "removed at the end; your own database is not touched, and nothing leaves this machine.");
    flags.example("thig-hooks demo", "See it work before setting anything up");
  }

  bool needs_settings() const override { return false; }

  Result<ExitCode> run(Context& context) override {
    if (context.json()) {
      return fail(ErrorCode::usage, "the demo is for people: it has no --json");
    }
    THIG_TRY_ASSIGN(folder, TemporaryFolder::make("thig-hooks-demo"));
    THIG_TRY(Tour(context, folder).run());
    return ExitCode::done;
  }
};

}  // namespace

std::unique_ptr<Command> make_demo() {
  return std::make_unique<Demo>();
}

}  // namespace thig

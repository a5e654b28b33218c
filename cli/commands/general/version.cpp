#include "cli/app/command.h"
#include "cli/commands/general/general.h"
#include "core/care/checkup.h"
#include "core/documents/json_members.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Version final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.example("thig-hooks version", "Print the version");
    flags.example("thig-hooks version --json",
                  "Print what a bug report needs: version, commit, libraries");
  }

  bool needs_settings() const override { return false; }

  Result<ExitCode> run(Context& context) override {
    if (context.json()) {
      context.out().line(object_document([](JsonWriter& json) {
        json.key("name").text("thig-hooks").key("version").text(version());
        json.key("commit").text(commit()).key("libraries").begin_object();
        const LibraryVersions libraries = library_versions();
        json.key("boost").text(libraries.boost).key("curl").text(libraries.curl);
        json.key("idn2").text(libraries.idn2).key("openssl").text(libraries.openssl);
        json.key("sqlite").text(libraries.sqlite).end_object();
      }));
    } else {
      context.out().line(fmt::format("thig-hooks {}", version()));
    }
    return ExitCode::done;
  }
};

}  // namespace

std::unique_ptr<Command> make_version() {
  return std::make_unique<Version>();
}

}  // namespace thig

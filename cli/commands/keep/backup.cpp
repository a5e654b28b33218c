#include "cli/app/command.h"
#include "cli/commands/keep/keep.h"
#include "cli/terminal/progress.h"
#include "cli/views/render.h"
#include "core/api/care_view.h"
#include "core/base/size.h"
#include "core/care/keeping.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Backup final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Makes a consistent copy of the database while other processes use it. The copy is checked "
        "before it gets its final name, and only its owner can read it. A copy made with cp is not "
        "consistent while a process writes. To use the copy: thig-hooks --db FILE, or move it to "
        "the database's path while no process uses it.");
    flags.about(
        "The copy does not contain the key that decrypts the secrets. Back up the key file too, "
        "but in another place: without it nobody can read the signing secrets, and with it anybody "
        "can.");
    flags.example("thig-hooks backup /var/backups/hooks.db", "Make a copy");
    flags.example("thig-hooks backup -q --force /var/backups/hooks.db",
                  "Replace yesterday's copy, from cron");
    flags.positional("FILE", file_, "Path of the copy");
    flags.toggle("--force", force_, "Overwrite an existing file");
  }

  Result<ExitCode> run(Context& context) override {
    if (file_ == "-") {
      return fail(ErrorCode::usage,
                  "the copy cannot be written to standard output, because it has to be checked",
                  "name a file");
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::read));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(report, copy(context, *store, actor));
    THIG_TRY_ASSIGN(paths, context.paths());
    if (context.json()) context.out().line(backup_document(report, file_, paths.key_file));
    context.note(fmt::format("copied to {}: {}, with {}, {} and {}; checked", file_,
                             format_size(report.bytes),
                             count_of(report.webhooks, "webhook", "webhooks"),
                             count_of(report.events, "event", "events"),
                             count_of(report.pending, "pending delivery", "pending deliveries")));
    context.note(fmt::format(
        "the copy does not contain the key that decrypts its secrets: back up {} as well",
        paths.key_file));
    return ExitCode::done;
  }

 private:
  Result<BackupReport> copy(Context& context, Store& store, const Member& actor) const {
    std::optional<Progress> progress;
    BackupOptions options;
    options.file = file_;
    options.replace = force_;
    options.on_progress = [&](std::uint64_t done, std::uint64_t total) {
      if (!progress) progress.emplace(context, true, "copying", total);
      progress->update(done);
      return !context.stop().requested();
    };
    return back_up_by_hand(store.maintenance(), actor, options);
  }

  std::string file_;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_backup() {
  return std::make_unique<Backup>();
}

}  // namespace thig

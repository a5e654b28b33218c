#include "cli/app/command.h"
#include "cli/commands/keep/keep.h"
#include "cli/log/journal.h"
#include "cli/terminal/confirm.h"
#include "cli/terminal/progress.h"
#include "cli/views/render.h"
#include "core/api/care_view.h"
#include "core/care/keeping.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Erase final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "For legal requests to erase data. Finds the events and received requests whose body "
        "contains a value, and removes them with all their deliveries, pending ones included, and "
        "the recorded responses. POINTER is a JSON Pointer into the whole body; the data of an "
        "event is below /data. Strings are compared as they are; numbers, true, false and null as "
        "JSON writes them. With several --where, all must match.");
    flags.about(
        "Removed data is overwritten in the database and its journal. It remains in backups, at "
        "receivers, and possibly in freed blocks of the filesystem. Projects and notes created "
        "from requests are kept, and so is a match that is only in the truncated part of a "
        "request's body. A delivery that is being sent right now may still arrive.");
    flags.example("thig-hooks erase --where /data/userId=u_1 --dry-run",
                  "Show what would be erased");
    flags.example("thig-hooks erase --where /data/userId=u_1 --yes", "Erase it, from a script");
    auto& where = flags.custom("--where", "POINTER=VALUE", "Value that the body must contain",
                               [this](const std::string& text) -> Status {
                                 THIG_TRY_ASSIGN(condition, parse_json_condition(text));
                                 conditions_.push_back(std::move(condition));
                                 return {};
                               });
    where.repeated = true;
    where.required = true;
    flags.toggle("--dry-run", dry_run_, "Count and show what would be erased; erase nothing");
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(eraser, erase_by_hand(store->maintenance(), actor, conditions_, dry_run_));
    if (dry_run_) {
      THIG_TRY_ASSIGN(found, walk(context, std::move(eraser), true));
      if (context.json()) {
        context.out().line(erase_document(found, std::nullopt));
      } else {
        for (const std::string& id : found.sample()) context.out().line(id);
      }
      context.note(fmt::format("dry run: {} found in {}; nothing was erased",
                               describe(found.counts()), searched(found)));
      return ExitCode::done;
    }
    if (!yes_) {
      THIG_TRY_ASSIGN(agreed, ask(context, *store, actor));
      if (!agreed) {
        context.note("nothing was erased");
        return ExitCode::no;
      }
    }
    THIG_TRY_ASSIGN(erased, walk(context, std::move(eraser), false));
    THIG_TRY_ASSIGN(cleared, clear_journal(context, *store));
    if (context.json()) context.out().line(erase_document(erased, cleared));
    context.note(fmt::format("erased {} of {}", describe(erased.counts()), searched(erased)));
    if (!cleared) {
      context.warn(
          "copies remain in the database's journal, which other processes use: they disappear as "
          "the journal is overwritten, or when you run erase again");
    }
    return ExitCode::done;
  }

 private:
  Result<bool> ask(Context& context, Store& store, const Member& actor) const {
    if (!context.can_ask()) return confirm(context, "");
    THIG_TRY_ASSIGN(search, erase_by_hand(store.maintenance(), actor, conditions_, true));
    THIG_TRY_ASSIGN(found, walk(context, std::move(search), true));
    return confirm(context, fmt::format("Erase {} forever?", describe(found.counts())));
  }

  static Result<Eraser> walk(Context& context, Eraser eraser, bool dry_run) {
    Progress progress(context, true, "bodies searched", 0);
    for (bool more = true; more;) {
      if (context.stop().requested()) {
        progress.end();
        return fail(ErrorCode::interrupted,
                    dry_run ? std::string("interrupted; nothing was erased")
                            : fmt::format("interrupted after {}; run it again to continue",
                                          describe(eraser.counts())));
      }
      THIG_TRY_ASSIGN(some, eraser.step());
      more = some;
      progress.update(static_cast<std::uint64_t>(eraser.searched()));
    }
    return eraser;
  }

  static std::string searched(const Eraser& eraser) {
    return count_of(eraser.searched(), "body", "bodies");
  }

  static std::string describe(const ErasedCounts& counts) {
    std::string text = count_of(counts.events, "event", "events");
    if (counts.deliveries + counts.pending > 0) {
      text += fmt::format(" with {}",
                          count_of(counts.deliveries + counts.pending, "delivery", "deliveries"));
    }
    return text + " and " + count_of(counts.requests, "received request", "received requests");
  }

  std::vector<JsonCondition> conditions_;
  bool dry_run_ = false;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_erase() {
  return std::make_unique<Erase>();
}

}  // namespace thig

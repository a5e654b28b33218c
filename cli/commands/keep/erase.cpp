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
        "For what the law asks of you: finds the events in whose body a value stands, and the "
        "received requests in whose body it does, and removes them, with their deliveries in any "
        "state, pending ones too, and the answers that came to them. A place is a JSON Pointer "
        "into "
        "the whole body; the data of an event is below /data. A text is compared as it is, a "
        "number, true, false or null as JSON writes it. With several --where all have to hold.");
    flags.about(
        "What is removed is overwritten in the database and its journal. It stays in backups, in "
        "what receivers have got, and, for as long as the disk sees fit, in blocks that the "
        "filesystem has given up. Projects and notes that were made from requests stay, as does "
        "what only stands in a part of a request's body that was cut off. A delivery that is under "
        "way at this moment may still arrive.");
    flags.example("thig-hooks erase --where /data/userId=u_1 --dry-run", "See what there is");
    flags.example("thig-hooks erase --where /data/userId=u_1 --yes", "Erase it in a script");
    auto& where = flags.custom("--where", "POINTER=VALUE", "What an erased body has there",
                               [this](const std::string& text) -> Status {
                                 THIG_TRY_ASSIGN(condition, parse_json_condition(text));
                                 conditions_.push_back(std::move(condition));
                                 return {};
                               });
    where.repeated = true;
    where.required = true;
    flags.toggle("--dry-run", dry_run_, "Count what would go, and show some of it; erase nothing");
    flags.toggle("--yes", yes_, "Do not ask");
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
        context.note("nothing was changed");
        return ExitCode::no;
      }
    }
    THIG_TRY_ASSIGN(erased, walk(context, std::move(eraser), false));
    THIG_TRY_ASSIGN(cleared, clear_journal(context, *store));
    if (context.json()) context.out().line(erase_document(erased, cleared));
    context.note(fmt::format("erased {} of {}", describe(erased.counts()), searched(erased)));
    if (!cleared) {
      context.warn(
          "copies are still in the database's journal, which others are using: they go as it is "
          "written on, or when erase is run again");
    }
    return ExitCode::done;
  }

 private:
  Result<bool> ask(Context& context, Store& store, const Member& actor) const {
    if (!context.can_ask()) return confirm(context, "");
    THIG_TRY_ASSIGN(search, erase_by_hand(store.maintenance(), actor, conditions_, true));
    THIG_TRY_ASSIGN(found, walk(context, std::move(search), true));
    return confirm(context, fmt::format("Erase {} for ever?", describe(found.counts())));
  }

  static Result<Eraser> walk(Context& context, Eraser eraser, bool dry_run) {
    Progress progress(context, true, "bodies searched", 0);
    for (bool more = true; more;) {
      if (context.stop().requested()) {
        progress.end();
        return fail(ErrorCode::interrupted,
                    dry_run ? std::string("interrupted; nothing was erased")
                            : fmt::format("interrupted after {}; run it again for the rest",
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

#include "cli/commands/all.h"
#include "cli/input.h"
#include "cli/render.h"
#include "cli/secret_view.h"
#include "core/engine/webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Rotate final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Makes a new signing secret and prints it once. Until the overlap ends the old one signs "
        "too, so a receiver can be switched without a gap: each delivery carries a signature of "
        "both. A secret that others have seen ends at once with --overlap 0s.");
    flags.example("thig-hooks rotate crm --print-secret > crm.secret",
                  "Make a new secret; the old one signs for another day");
    flags.example("thig-hooks rotate crm --overlap 0s", "Replace a secret that has leaked");
    flags.positional("WEBHOOK", name_, "A webhook, by name or id");
    flags.duration("--overlap", draft_.overlap, "How long the old secret goes on signing");
    secret_.declare(flags);
    flags.toggle("--print-secret", print_secret_,
                 "Write the secret, and nothing else, to standard output");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_print_secret(context, print_secret_));
    THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
    const bool given = secret.has_value();
    draft_.secret = std::move(secret);
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Webhooks webhooks(*store, context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(rotated, webhooks.rotate(name_, draft_));
    context.ring();
    write_new_secret(context, rotated.endpoint, rotated.secret, print_secret_,
                     [&](JsonWriter& json) { write_time(json, "oldUntil", rotated.old_until); });
    context.note(rotated.old_until
                     ? fmt::format("rotated the secret of {}; the old one signs too until {}",
                                   rotated.endpoint.name, format_rfc3339(*rotated.old_until))
                     : fmt::format("rotated the secret of {}; the old one has ended",
                                   rotated.endpoint.name));
    for (const std::string& note : rotated.notes) context.note("note: " + note);
    if (!given) tell_to_store_secret(context, rotated.endpoint);
    return ExitCode::done;
  }

 private:
  std::string name_;
  RotationDraft draft_;
  SecretFlags secret_;
  bool print_secret_ = false;
};

}  // namespace

std::unique_ptr<Command> make_rotate() {
  return std::make_unique<Rotate>();
}

}  // namespace thig

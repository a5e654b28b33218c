#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "core/base/size.h"
#include "core/documents/setup_document.h"
#include "core/setup/apply.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Export final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Writes all webhooks and your own event types as one JSON document, for version control "
        "and for `thig-hooks apply`. It contains no secrets unless you ask for them, and values of "
        "extra headers are null: apply keeps the existing values.");
    flags.example("thig-hooks export > webhooks.json", "Save the configuration to a file");
    flags.example("thig-hooks export | diff webhooks.json -",
                  "Compare the configuration with a file");
    flags.toggle("--with-secrets", with_secrets_,
                 "Include secrets and values of extra headers; for Owners and Admins, and recorded "
                 "in `thig-hooks audit`");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(with_secrets_ ? StoreUse::write : StoreUse::read));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(content, read_setup(store->config(), store->incoming(), actor, with_secrets_,
                                        context.now()));
    const std::string document = write_setup_document(content);
    context.out().write(document);
    if (document.size() > longest_setup_document) {
      context.warn(fmt::format("the document is larger than `thig-hooks apply` accepts ({})",
                               format_size(longest_setup_document)));
    }
    if (with_secrets_) context.note("the document contains secrets: keep it private");
    return ExitCode::done;
  }

 private:
  bool with_secrets_ = false;
};

}  // namespace

std::unique_ptr<Command> make_export() {
  return std::make_unique<Export>();
}

}  // namespace thig

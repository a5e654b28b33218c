#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "core/base/size.h"
#include "core/documents/setup_document.h"
#include "core/setup/apply.h"
#include "core/web/schemas.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Export final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Writes all webhooks, your own event types, members with their roles, and the public URL "
        "as one JSON document, for version control and for `thig-hooks apply`. It contains no "
        "secrets unless you ask for them, and values of extra headers are null: apply keeps the "
        "existing values.");
    flags.example("thig-hooks export > webhooks.json", "Save the configuration to a file");
    flags.example("thig-hooks export | diff webhooks.json -",
                  "Compare the configuration with a file");
    flags.example("thig-hooks export --schema > webhooks.schema.json",
                  "Let an editor check and complete the file");
    flags.example("thig-hooks export --with-secrets | thig-hooks --db other.db apply -",
                  "Copy it to another installation: same secrets, same URLs");
    flags.toggle("--with-secrets", with_secrets_,
                 "Include secrets, tokens of URLs and values of extra headers; for Owners and "
                 "Admins, and recorded in `thig-hooks audit`");
    flags.toggle("--schema", schema_,
                 "Print the JSON Schema (2020-12) of the document instead, for editors and checks");
  }

  Result<ExitCode> run(Context& context) override {
    if (schema_) return print_schema(context);
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
  Result<ExitCode> print_schema(Context& context) const {
    if (with_secrets_) {
      return fail(ErrorCode::usage, "--schema and --with-secrets cannot be combined");
    }
    context.out().write(schema_text("setup"));
    return ExitCode::done;
  }

  bool with_secrets_ = false;
  bool schema_ = false;
};

}  // namespace

std::unique_ptr<Command> make_export() {
  return std::make_unique<Export>();
}

}  // namespace thig

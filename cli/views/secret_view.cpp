#include "cli/views/secret_view.h"

#include "cli/flags/flags.h"
#include "cli/views/render.h"
#include "cli/views/webhook_view.h"
#include "core/api/change_view.h"

#include <fmt/format.h>

namespace thig {

void SecretOutput::declare(Flags& flags, std::string print, const std::string& what) {
  flag_ = std::move(print);
  flags.toggle(flag_, print_, fmt::format("Print only {} on standard output", what));
  flags.text(
      "--secret-out", "FILE", name_,
      fmt::format(
          "Write {} to a file instead (0600); a file that already contains it is not changed",
          what));
}

Status SecretOutput::prepare(Context& context) {
  if (print_ && context.json()) {
    return fail(ErrorCode::usage, fmt::format("{} and --json cannot be combined", flag_),
                "the JSON document contains it");
  }
  if (!name_) return {};
  if (print_) {
    return fail(ErrorCode::usage, fmt::format("{} and --secret-out cannot be combined", flag_));
  }
  THIG_TRY_ASSIGN(file, SecretFile::open(*name_, context.random()));
  file_.emplace(std::move(file));
  return {};
}

Status SecretOutput::write(Context& context, std::string_view secret) {
  if (print_) context.out().line(secret);
  if (!file_) return {};
  auto written = file_->write(secret);
  if (!written) written.error().hint = "to see it again: thig-hooks show --reveal-secret";
  return written;
}

Status write_once(Context& context, const NewSecret& fresh, SecretOutput& output) {
  THIG_TRY(output.write(context, fresh.secret));
  if (output.printed_alone()) return {};
  const SecretFile* file = output.file();
  if (context.json()) {
    context.out().line(object_document([&](JsonWriter& json) {
      fresh.write_webhook(json);
      file ? json.key(fresh.kind + "File").text(file->file())
           : json.key(fresh.kind).text(fresh.secret);
      if (fresh.write_more) fresh.write_more(json);
      write_result(json, fresh.result);
    }));
    return {};
  }
  const std::string what = fresh.kind == "url" ? "URL" : "SECRET";
  Table table({{.header = "NAME"}, {.header = "ID"}, {.header = what + (file ? " FILE" : "")}});
  table.row(
      {{.text = fresh.name}, {.text = fresh.id}, {.text = file ? file->file() : fresh.secret}});
  // Whole, however narrow the terminal: a cut secret is of no use.
  print_outcome(context, table, Fit::whole);
  return {};
}

Status write_new_secret(Context& context, const Endpoint& endpoint, const std::string& secret,
                        SecretOutput& output, ChangeResult result,
                        const std::function<void(JsonWriter&)>& more) {
  return write_once(context,
                    {.kind = "secret",
                     .secret = secret,
                     .name = endpoint.name,
                     .id = to_text(endpoint.id),
                     .result = result,
                     .write_webhook = [&](JsonWriter& json) { write_webhook(json, endpoint); },
                     .write_more = more},
                    output);
}

void tell_to_store_secret(Context& context, const Endpoint& endpoint, SecretOutput& output) {
  if (const SecretFile* file = output.file()) {
    context.note(fmt::format("its secret is in {}", file->file()));
    return;
  }
  context.note(
      fmt::format("store the secret now, in the receiver's configuration; later only Owners and "
                  "Admins can see it: thig-hooks show {} --reveal-secret",
                  to_text(endpoint.id)));
}

}  // namespace thig

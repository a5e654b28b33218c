#include "cli/secret_view.h"

#include "cli/render.h"
#include "cli/webhook_view.h"

#include <fmt/format.h>

namespace thig {

Status check_print_secret(const Context& context, bool print_secret) {
  if (!print_secret || !context.json()) return {};
  return fail(ErrorCode::usage, "--print-secret and --json exclude each other",
              "the JSON document has the secret in it");
}

void write_new_secret(Context& context, const Endpoint& endpoint, const std::string& secret,
                      bool print_secret, const std::function<void(JsonWriter&)>& more) {
  if (print_secret) {
    context.out().line(secret);
  } else if (context.json()) {
    JsonWriter json;
    json.begin_object();
    write_webhook(json, endpoint);
    json.key("secret").text(secret);
    if (more) more(json);
    context.out().line(json.end_object().take());
  } else {
    Table table({{.header = "NAME"}, {.header = "ID"}, {.header = "SECRET"}});
    table.row({{.text = endpoint.name}, {.text = to_text(endpoint.id)}, {.text = secret}});
    // Whole, however narrow the terminal: a cut secret is of no use.
    print_table(context, table, Fit::whole);
  }
}

void tell_to_store_secret(Context& context, const Endpoint& endpoint) {
  context.note(fmt::format(
      "store the secret now, where the receiver can read it; later only Owners and Admins see it: "
      "thig-hooks show {} --reveal-secret",
      to_text(endpoint.id)));
}

}  // namespace thig

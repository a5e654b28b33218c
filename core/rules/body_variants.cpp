#include "core/rules/body_variants.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"
#include "core/base/json.h"
#include "core/base/json_layout.h"
#include "core/rules/form.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

using Escapes = JsonLayout::Escapes;

constexpr std::size_t most_json = 4u << 20;
constexpr std::size_t slack = 64u << 10;  // a small body may swell more
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (;;) {
    const auto at = text.find(from);
    out += text.substr(0, at);
    if (at == text.npos) return out;
    out += to;
    text.remove_prefix(at + from.size());
  }
}

std::string_view without_white_space(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

class Variants {
 public:
  using Visit = std::function<bool(const std::string& text, const std::string& what)>;
  Variants(std::string_view body, const Visit& visit) : visit_(visit) {
    add(std::string(body), "");
  }

  bool going_on() const { return going_on_; }

  void add(const std::string& text, const std::string& what) {
    if (!going_on_ || !seen_.insert(hash(Digest::sha256, text)).second) return;
    going_on_ = visit_(text, what);
  }

 private:
  const Visit& visit_;
  std::set<std::string> seen_;  // hashes
  bool going_on_ = true;
};

void add_line_ends(Variants& variants, std::string_view body) {
  std::string_view chomped = body;
  if (chomped.ends_with('\n')) chomped.remove_suffix(1);
  if (chomped.ends_with('\r')) chomped.remove_suffix(1);
  variants.add(std::string(chomped), "the body without the newline at its end");
  variants.add(std::string(body) + "\n", "the body with a newline at its end");
  variants.add(std::string(body) + "\r\n", "the body with a CRLF at its end");
  variants.add(std::string(without_white_space(body)), "the body without the blanks around it");
  const std::string line_feeds = replaced(body, "\r\n", "\n");
  variants.add(line_feeds, "the body's line ends as LF, not CRLF");
  variants.add(replaced(line_feeds, "\n", "\r\n"), "the body's line ends as CRLF, not LF");
  if (body.starts_with(byte_order_mark)) {
    variants.add(std::string(body.substr(byte_order_mark.size())),
                 "the body without its byte order mark");
  }
  variants.add("", "an empty body (something read the body before it was verified)");
}

void add_layouts(Variants& variants, std::string_view body) {
  if (body.size() > most_json || !check_json(body, {.bytes = most_json})) return;
  const struct {
    JsonLayout layout;
    std::string_view what;
  } layouts[] = {
      {{}, "compacted"},
      {{.spaced = true}, "with blanks after , and :"},
      {{.indent = 2, .spaced = true}, "indented by 2"},
      {{.indent = 4, .spaced = true}, "indented by 4"},
      {{.tabs = true, .spaced = true}, "indented by tabs"},
  };
  const struct {
    Escapes escapes;
    std::string_view what;
  } escapes[] = {
      {Escapes::kept, ""},
      {Escapes::ascii, ", other characters than ASCII as \\u"},
      {Escapes::none, ", characters instead of \\u"},
      {Escapes::slashes, ", / as \\/"},
      {Escapes::plain_slashes, ", \\/ as /"},
      {Escapes::php, ", / as \\/ and other characters than ASCII as \\u, as PHP writes it"},
      {Escapes::plain_php, ", \\/ as / and characters instead of \\u"},
      {Escapes::html, ", <, > and & as \\u003c, \\u003e and \\u0026, safe for HTML"},
      {Escapes::plain_html, ", \\u003c, \\u003e and \\u0026 as <, > and &"},
  };
  for (const auto& escape : escapes) {
    for (auto [layout, what] : layouts) {
      if (!variants.going_on()) return;
      layout.escapes = escape.escapes;
      const std::string text = lay_out_json(body, layout, 2 * body.size() + slack);
      if (text.empty()) continue;
      variants.add(text, fmt::format("the body's JSON {}{}", what, escape.what));
      variants.add(text + "\n",
                   fmt::format("the body's JSON {}{}, and a newline", what, escape.what));
    }
  }
}

// JSON in a text of JSON: one side has encoded it once more than the other.
void add_encoded_twice(Variants& variants, std::string_view body) {
  if (body.size() > most_json || !check_json(body, {.bytes = most_json})) return;
  if (const auto inner = json_text(body))
    variants.add(*inner, "the JSON that the body's text holds");
  if (!is_valid_utf8(body)) return;
  variants.add(JsonWriter().text(body).take(), "the body as a text of JSON, encoded twice");
}

using FormFields = std::vector<std::pair<std::string, std::string>>;

std::string encoded_form(const FormFields& fields, bool plus, bool lower_case) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encoded(name, plus, lower_case) + "=" + percent_encoded(value, plus, lower_case);
  }
  return out;
}

void add_forms(Variants& variants, std::string_view body) {
  if (body.size() > most_json) return;
  if (check_json(body, {.bytes = most_json})) {
    const FormFields payload = {{"payload", std::string(body)}};
    variants.add(encoded_form(payload, true, false), "the form that has the body as its payload=");
    return;
  }
  if (!body.contains('=') || std::ranges::count(body, '&') >= most_form_fields) return;
  FormFields fields = form_fields(body);
  for (const auto& [name, value] : fields) {
    if (name == "payload") variants.add(value, "the JSON of the form's payload=");
  }
  for (const bool sorted : {false, true}) {
    if (sorted) std::ranges::stable_sort(fields, {}, [](const auto& field) { return field.first; });
    const std::string_view order = sorted ? ", its fields sorted" : "";
    variants.add(encoded_form(fields, true, false),
                 fmt::format("the form encoded again, blanks as +{}", order));
    variants.add(encoded_form(fields, false, false),
                 fmt::format("the form encoded again, blanks as %20{}", order));
    variants.add(encoded_form(fields, true, true),
                 fmt::format("the form encoded again in lower case, blanks as +{}", order));
    variants.add(encoded_form(fields, false, true),
                 fmt::format("the form encoded again in lower case, blanks as %20{}", order));
  }
}

}  // namespace

void visit_body_variants(std::string_view body, const Variants::Visit& visit) {
  Variants variants(body, visit);
  if (variants.going_on()) add_line_ends(variants, body);
  if (variants.going_on()) add_layouts(variants, body);
  if (variants.going_on()) add_encoded_twice(variants, body);
  if (variants.going_on()) add_forms(variants, body);
}

}  // namespace thig

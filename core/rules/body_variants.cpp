#include "core/rules/body_variants.h"

#include "core/base/json.h"
#include "core/base/json_layout.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

using Escapes = JsonLayout::Escapes;

constexpr std::size_t most_json = 4u << 20;
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

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

class Variants {
 public:
  explicit Variants(std::string_view body) { add(std::string(body), ""); }

  void add(std::string text, std::string what) {
    const bool known =
        std::ranges::any_of(all_, [&](const BodyVariant& each) { return each.text == text; });
    if (!known) all_.push_back({std::move(text), std::move(what)});
  }

  std::vector<BodyVariant> take() { return std::move(all_); }

 private:
  std::vector<BodyVariant> all_;
};

void add_line_ends(Variants& variants, std::string_view body) {
  std::string_view chomped = body;
  if (chomped.ends_with('\n')) chomped.remove_suffix(1);
  if (chomped.ends_with('\r')) chomped.remove_suffix(1);
  variants.add(std::string(chomped), "the body without the newline at its end");
  variants.add(std::string(body) + "\n", "the body with a newline at its end");
  variants.add(std::string(body) + "\r\n", "the body with a CRLF at its end");
  variants.add(std::string(trimmed(body)), "the body without the blanks around it");
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
  };
  for (const auto& escape : escapes) {
    for (auto [layout, what] : layouts) {
      layout.escapes = escape.escapes;
      const std::string text = lay_out_json(body, layout);
      variants.add(text, fmt::format("the body's JSON {}{}", what, escape.what));
      variants.add(text + "\n",
                   fmt::format("the body's JSON {}{}, and a newline", what, escape.what));
    }
  }
}

}  // namespace

std::vector<BodyVariant> body_variants(std::string_view body) {
  Variants variants(body);
  add_line_ends(variants, body);
  add_layouts(variants, body);
  return variants.take();
}

}  // namespace thig

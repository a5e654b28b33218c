#include "core/web/pages/html/bodies.h"

#include "core/base/json_layout.h"
#include "core/rules/request_body.h"
#include "core/web/pages/html/parts.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::size_t most_laid_out = 4 * most_shown;  // blanks and ends of lines are most of it
constexpr std::size_t first_pane = 0;

Html choice(std::string_view name, std::string_view id, bool chosen) {
  return html<R"(<label><input type="radio" name="{}"{}>{}</label>)">(id, flag<"checked">(chosen),
                                                                      name);
}

// Where there is one form only, there is nothing to choose.
Html choices(std::string_view title, std::string_view id, std::span<const Pane> panes) {
  if (panes.size() < 2) return {};
  Html all;
  for (std::size_t i = 0; i < panes.size(); ++i) {
    all += choice(panes[i].name, id, i == first_pane);
  }
  return html<
      R"(<fieldset class="seg"><legend class="aside-text">{}: format</legend>{}</fieldset>)">(title,
                                                                                              all);
}

// The JSON that an action reads, which a form becomes, too; empty where it is none.
std::string laid_out(const ShownBody& body) {
  if (body.bytes.size() > most_shown) return {};
  const auto json = body_as_json(body.content_type, body.bytes, most_shown);
  return json ? lay_out_json(*json, {.indent = 2, .spaced = true}, most_laid_out) : std::string();
}

std::string size_line(std::size_t shown, std::size_t kept, std::size_t whole) {
  if (shown == whole) return size_text(whole);
  if (kept == whole) return fmt::format("the first {} of {}", size_text(shown), size_text(whole));
  return fmt::format("the first {} of {}; {} were kept", size_text(shown), size_text(whole),
                     size_text(kept));
}

}  // namespace

std::string_view beginning(std::string_view body) {
  if (body.size() <= most_shown) return body;
  std::size_t end = most_shown;
  for (int i = 0; i < 3 && (static_cast<unsigned char>(body[end]) & 0xC0) == 0x80; ++i) --end;
  return body.substr(0, end);
}

// A browser drops the first end of line of a <pre>: that is ours.
Html pane_section(std::string_view title, std::string_view remark, std::string_view id,
                  std::span<const Pane> panes, const Html& below) {
  Html contents;
  for (const Pane& pane : panes) contents += html<"<pre class=\"box\">\n{}</pre>">(pane.content);
  return html<
      R"(<section class="{}" id="{}"><div class="cap"><h2>{}</h2><small>{}</small><div class="acts">{}{}</div></div>{}{}</section>)">(
      panes.size() < 2 ? "" : "panes", id, title, remark, choices(title, id, panes),
      copy_button(title, id), contents, below);
}

Html body_section(std::string_view title, std::string_view id, const ShownBody& body) {
  if (body.bytes.empty()) {
    return html<R"(<section><h2>{}</h2><p class="dim">It is empty.</p></section>)">(title);
  }
  const std::string_view shown = beginning(body.bytes);
  std::vector<Pane> panes;
  if (const std::string text = laid_out(body); !text.empty()) {
    panes.push_back({"Formatted", plain(text)});
  }
  panes.push_back({"As sent", plain(shown)});
  const std::size_t whole = body.whole_size == 0 ? body.bytes.size() : body.whole_size;
  return pane_section(title, size_line(shown.size(), body.bytes.size(), whole), id, panes, {});
}

}  // namespace thig::pages

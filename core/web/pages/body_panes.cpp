#include "core/web/pages/body_panes.h"

#include "core/base/json_layout.h"
#include "core/rules/request_body.h"
#include "core/web/pages/parts.h"

#include <string>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::size_t most_shown = 64u << 10;
constexpr std::size_t most_laid_out = 4 * most_shown;  // blanks and ends of lines are most of it

// Up to a whole character, if it is text.
std::string_view beginning(std::string_view text) {
  if (text.size() <= most_shown) return text;
  std::size_t end = most_shown;
  for (int i = 0; i < 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++i) --end;
  return text.substr(0, end);
}

// The JSON that an action reads, which a form becomes, too; empty where it is none.
std::string laid_out(std::string_view body, std::string_view content_type) {
  if (body.size() > most_shown) return {};
  const auto json = body_as_json(content_type, body, most_shown);
  return json ? lay_out_json(*json, {.indent = 2, .spaced = true}, most_laid_out) : std::string();
}

std::string size_line(std::size_t shown, std::size_t kept, std::size_t whole) {
  if (shown == whole) return size_text(whole);
  if (kept == whole) return fmt::format("the first {} of {}", size_text(shown), size_text(whole));
  return fmt::format("the first {} of {}, {} of which were kept", size_text(shown),
                     size_text(whole), size_text(kept));
}

// A browser drops the first end of line of a <pre>: that is ours.
Html box(std::string_view id, std::string_view text) {
  return html<R"(<pre class="box" id="{}">
{}</pre>)">(id, text);
}

}  // namespace

Html body_panes(std::string_view title, std::string_view name, std::string_view body,
                std::string_view content_type, std::size_t whole_size) {
  if (body.empty())
    return html<R"(<section><h2>{}</h2><p class="dim">It is empty.</p></section>)">(title);
  const std::string_view shown = beginning(body);
  const std::string size = size_line(shown.size(), body.size(), whole_size);
  const std::string raw_id = fmt::format("{}-raw", name);
  const std::string laid = laid_out(body, content_type);
  if (laid.empty()) {
    return html<
        R"(<section><div class="cap"><h2>{}</h2><small>{}</small><div class="acts">{}</div></div>{}</section>)">(
        title, size, copy_button(title, raw_id), box(raw_id, shown));
  }
  return html<
      R"(<section class="panes"><div class="cap"><h2>{}</h2><small>{}</small><div class="acts"><fieldset class="seg"><legend class="aside-text">Form of the body</legend><label><input type="radio" name="{}" checked>Laid out</label><label><input type="radio" name="{}">As it came</label></fieldset>{}</div></div>{}{}</section>)">(
      title, size, name, name, copy_button(title, raw_id), box(fmt::format("{}-laid", name), laid),
      box(raw_id, shown));
}

}  // namespace thig::pages

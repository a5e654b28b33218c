#include "core/web/pages/bodies.h"

#include "core/base/json.h"
#include "core/base/json_layout.h"
#include "core/web/pages/parts.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::size_t first_pane = 0;

Html choice(std::string_view name, std::string_view id, bool chosen) {
  return html<R"(<label><input type="radio" name="{}"{}>{}</label>)">(id, flag<"checked">(chosen),
                                                                      name);
}

Html below_body(std::string_view body) {
  if (body.size() <= most_shown) return {};
  return html<R"(<p class="small dim">The first {} of {}.</p>)">(size_text(most_shown),
                                                                 size_text(body.size()));
}

}  // namespace

Html pane_section(std::string_view title, std::string_view id, std::span<const Pane> panes,
                  const Html& below) {
  Html choices;
  Html contents;
  for (std::size_t i = 0; i < panes.size(); ++i) {
    choices += choice(panes[i].name, id, i == first_pane);
    contents += html<R"(<pre class="box">{}</pre>)">(panes[i].content);
  }
  return html<
      R"(<section class="panes" id="{}"><div class="cap"><h2>{}</h2><div class="acts"><fieldset class="seg"><legend class="aside-text">{}: which form</legend>{}</fieldset>{}</div></div>{}{}</section>)">(
      id, title, title, choices, copy_button(title, id), contents, below);
}

Html body_section(std::string_view title, std::string_view id, std::string_view body) {
  const std::string named = fmt::format("{}, {}", title, size_text(body.size()));
  const std::string_view shown = body.substr(0, most_shown);
  std::vector<Pane> panes;
  if (check_json(body)) {
    const std::string laid_out = lay_out_json(body, {.indent = 2, .spaced = true}, most_shown);
    if (!laid_out.empty()) panes.push_back({"Laid out", plain(laid_out)});
  }
  panes.push_back({"As sent", plain(shown)});
  return pane_section(named, id, panes, below_body(body));
}

}  // namespace thig::pages

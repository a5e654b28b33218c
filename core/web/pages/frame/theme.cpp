#include "core/web/pages/frame/theme.h"

#include "core/web/call.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/frame/pages.h"
#include "core/web/pages/html/form.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::string_view cookie = "thig-theme";
constexpr int a_year = 365 * 24 * 3600;  // seconds

bool is_theme(std::string_view text) {
  return text == "light" || text == "dark";
}

// The path and query of the page that the form stood on.
std::string_view page_before(const HttpRequest& request) {
  std::string_view url = request.header("referer");
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos) return {};
  url.remove_prefix(scheme + 3);
  const std::size_t path = url.find('/');
  return path == url.npos ? std::string_view() : url.substr(path);
}

}  // namespace

std::string_view theme_of(const HttpRequest& request) {
  const auto found = cookie_of(request, cookie);
  return found && is_theme(*found) ? *found : std::string_view();
}

Result<HttpResponse> choose_theme(Call& call) {
  const Form form(call);
  const std::string theme = form.text("theme");
  std::string_view back = page_before(call.request);
  if (back.starts_with(call.service.base_path)) back.remove_prefix(call.service.base_path.size());
  HttpResponse answer = redirect(call, local_link(back));
  answer.headers.push_back(
      {"set-cookie",
       is_theme(theme) ? fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict", cookie,
                                     theme, a_year)
                       : fmt::format("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict", cookie)});
  return answer;
}

}  // namespace thig::pages

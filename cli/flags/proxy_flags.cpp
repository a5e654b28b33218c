#include "cli/flags/proxy_flags.h"

#include "cli/files/input.h"
#include "core/base/tls_files.h"

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_auth_file = 4096;

// What is not a proxy's URL may be one with a password in it, and is not shown.
std::string shown_url(const std::string& url) {
  const auto parsed = parse_proxy_url(url);
  return parsed || url == "off" ? url : "(not a valid URL)";
}

}  // namespace

void ProxyFlags::declare(Flags& flags) {
  auto& url = flags.custom(
      "--proxy", "URL",
      "Egress proxy that receivers are reached through, by CONNECT: http://host:port or "
      "https://host:port; off: none. Addresses of receivers are still looked up and checked here, "
      "and the proxy is asked for the checked address. http_proxy and HTTPS_PROXY are ignored",
      [this](const std::string& text) -> Status {
        proxy_.reset();
        if (text == "off") return {};
        THIG_TRY_ASSIGN(parsed, parse_proxy_url(text));
        proxy_ = std::move(parsed);
        return {};
      });
  url.fallback = "off";
  url.config = "proxy.url";
  url.variable = "THIG_HOOKS_PROXY";
  url.as_shown = shown_url;
  flags
      .text("--proxy-auth-file", "FILE", auth_file_,
            "File with user:password for the proxy. An http:// proxy gets them unencrypted")
      .config = "proxy.authFile";
  flags
      .text("--proxy-ca-file", "FILE", ca_file_,
            "CA certificates (PEM) to trust for an https:// proxy, instead of the system's")
      .config = "proxy.caFile";
  auto& except = flags.parts("--proxy-except", "HOST",
                             "Hosts that are connected to directly (as in no_proxy): names, "
                             "addresses, or *.example.com; comma-separated",
                             [this](const std::string& text) -> Status {
                               THIG_TRY(check_proxy_exception(text));
                               except_.push_back(text);
                               return {};
                             });
  except.config = "proxy.except";
  flags
      .toggle("--proxy-resolves", resolves_,
              "Let the proxy look up the names of receivers, where this machine cannot. Then the "
              "proxy alone decides which addresses are reached: private ones are not refused here")
      .config = "proxy.resolves";
}

Result<std::optional<EgressProxy>> ProxyFlags::read(Context& context) const {
  if (!proxy_) return std::nullopt;
  EgressProxy proxy = *proxy_;
  proxy.except = except_;
  proxy.resolves = resolves_;
  if (ca_file_) {
    auto checked = check_tls_files({.ca_file = *ca_file_, .client_cert = {}, .client_key = {}});
    if (!checked) {
      return fail(checked.error().code, "--proxy-ca-file: " + checked.error().text,
                  checked.error().hint);
    }
    proxy.ca_file = *ca_file_;
  }
  if (auth_file_) {
    constexpr auto flag = "--proxy-auth-file";
    THIG_TRY_ASSIGN(text, read_trusted_input(context, *auth_file_, longest_auth_file, flag));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (auto taken = take_proxy_credentials(proxy, text); !taken) {
      return fail(taken.error().code, std::string(flag) + ": " + taken.error().text,
                  taken.error().hint);
    }
  }
  return proxy;
}

void ProxyFlags::compare(Context& context, const std::optional<EgressProxy>& used,
                         Reloaded& reloaded) const {
  const auto fresh = read(context);
  if (!fresh) {
    reloaded.failed.push_back(
        fmt::format("could not read the settings of the proxy: {}", fresh.error().text));
  } else if (*fresh != used) {
    reloaded.needs_restart.emplace_back("--proxy");
  }
}

}  // namespace thig

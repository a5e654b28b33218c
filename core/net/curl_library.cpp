#include "core/net/curl_library.h"

#include <cstdlib>

#include <curl/curl.h>
#include <fmt/format.h>

namespace thig {

std::string curl_library_version() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  return info != nullptr && info->version != nullptr ? info->version : "";
}

Status load_curl_library() {
  static const CURLcode loaded = [] {
    unsetenv("SSLKEYLOGFILE");  // OpenSSL's backend would write every session key there
    return curl_global_init(CURL_GLOBAL_DEFAULT);
  }();
  if (loaded == CURLE_OK) return {};
  return fail(ErrorCode::network,
              fmt::format("cannot load libcurl: {}", curl_easy_strerror(loaded)));
}

}  // namespace thig

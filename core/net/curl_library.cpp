#include "core/net/curl_library.h"

#include <curl/curl.h>

namespace thig {

std::string curl_library_version() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  return info != nullptr && info->version != nullptr ? info->version : "";
}

}  // namespace thig

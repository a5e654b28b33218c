#include "core/dispatch/request.h"

namespace thig {

std::shared_ptr<const SendTarget> send_target(const Endpoint& endpoint) {
  return std::make_shared<const SendTarget>(SendTarget{.endpoint = endpoint.id,
                                                       .url = endpoint.url,
                                                       .allow_private = endpoint.allow_private,
                                                       .ca_file = endpoint.ca_file,
                                                       .client_cert = endpoint.client_cert,
                                                       .client_key = endpoint.client_key,
                                                       .tls = stamp_of(tls_files(endpoint)),
                                                       .timeout = endpoint.timeout});
}

TlsFiles tls_files(const Endpoint& endpoint) {
  return {.ca_file = endpoint.ca_file,
          .client_cert = endpoint.client_cert,
          .client_key = endpoint.client_key};
}

std::vector<Header> delivery_headers(const Endpoint& endpoint, std::span<const SigningKey> keys,
                                     DeliveryId id, std::string_view body, Time wall) {
  const std::string text = to_text(id);
  const auto timestamp = to_unix_seconds(wall);
  std::vector<Header> headers;
  headers.reserve(5 + endpoint.headers.size());
  headers.push_back({"content-type", "application/json"});
  headers.push_back({"webhook-id", text});
  headers.push_back({"webhook-timestamp", std::to_string(timestamp)});
  if (!keys.empty()) {
    headers.push_back(
        {"webhook-signature", signature_header(endpoint.signature, keys, text, timestamp, body)});
  }
  if (!keys.empty() && !endpoint.signature_header.empty()) {
    headers.push_back({endpoint.signature_header, bare_signature(keys.front(), timestamp, body)});
  }
  headers.insert(headers.end(), endpoint.headers.begin(), endpoint.headers.end());
  return headers;
}

std::vector<ShownHeader> shown_headers(const Endpoint& endpoint, std::span<const SigningKey> keys,
                                       DeliveryId id, std::string_view body, Time wall) {
  std::vector<ShownHeader> shown;
  auto headers = delivery_headers(endpoint, keys, id, body, wall);
  const std::size_t ours = headers.size() - endpoint.headers.size();
  for (Header& header : headers) {
    ShownHeader& one = shown.emplace_back(ShownHeader{std::move(header.name), std::nullopt});
    if (shown.size() <= ours) one.value = std::move(header.value);
  }
  return shown;
}

}  // namespace thig

#include "cli/webhook_flags.h"

#include "cli/input.h"
#include "core/rules/header_text.h"
#include "core/rules/retry_schedule.h"

#include <charconv>

#include <fmt/format.h>

namespace thig {
namespace {

Result<double> parse_rate(const std::string& text) {
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc() || end != text.data() + text.size() || !(rate > 0)) {
    return fail(ErrorCode::usage,
                fmt::format("\"{}\" is no rate: a number of attempts a second, above 0", text));
  }
  return rate;
}

}  // namespace

void declare_signing(Flags& flags, std::optional<SignatureMode>& mode, Endpoint& settings) {
  flags
      .custom("--signature", "MODE",
              "What webhook-signature holds: both kinds of signature, the one of Standard "
              "Webhooks alone, or the bare hex of the product's own recipe",
              [&mode](const std::string& text) -> Status {
                mode = parse_signature_mode(text);
                if (mode) return {};
                const std::vector<std::string> modes = {"both", "standard", "thig"};
                return std::unexpected(not_a_choice(text, modes));
              })
      .choices = {"both", "standard", "thig"};
  flags.text("--signature-header", "NAME", settings.signature_header,
             "An extra header with the bare hex, for older receivers");
}

void declare_headers(Flags& flags, Endpoint& settings) {
  flags
      .custom("--header", "'NAME: VALUE'", "An extra header to send",
              [&settings](const std::string& text) -> Status {
                THIG_TRY_ASSIGN(header, parse_header(text));
                settings.headers.push_back(std::move(header));
                return {};
              })
      .repeated = true;
}

void declare_timeout(Flags& flags, std::optional<Millis>& timeout) {
  flags
      .duration("--timeout", timeout,
                "How long an attempt may take, to the end of the answer's headers")
      .fallback = format_duration(Endpoint().timeout);
}

void declare_pace(Flags& flags, Endpoint& settings) {
  flags
      .custom("--retry", "SCHEDULE", "Waits between attempts, such as 1m,5m,30m, or none",
              [&settings](const std::string& text) -> Status {
                THIG_TRY_ASSIGN(waits, parse_retry_schedule(text));
                settings.retry = std::move(waits);
                return {};
              })
      .fallback = format_retry_schedule(settings.retry);
  flags.number("--max-in-flight", "N", settings.max_in_flight, 1, 256,
               "Attempts at the same time, at most");
  flags.custom("--rate", "N", "Attempts a second, at most; without it there is no limit",
               [&settings](const std::string& text) -> Status {
                 THIG_TRY_ASSIGN(rate, parse_rate(text));
                 settings.rate = rate;
                 return {};
               });
}

void declare_network(Flags& flags, Endpoint& settings) {
  flags.toggle("--allow-private", settings.allow_private, "Allow private and loopback addresses");
  flags.text("--ca-file", "FILE", settings.ca_file,
             "Certificates (PEM) to trust for this endpoint, besides the system's");
  flags.text("--client-cert", "FILE", settings.client_cert,
             "The certificate (PEM) to show to the endpoint");
  flags.text("--client-key", "FILE", settings.client_key, "The key (PEM) of that certificate");
}

Status check_files(Endpoint& settings) {
  struct File {
    std::string& path;
    std::string_view kind;
    std::string flag;
  };
  for (const File& file : {File{settings.ca_file, "CERTIFICATE", "--ca-file"},
                           File{settings.client_cert, "CERTIFICATE", "--client-cert"},
                           File{settings.client_key, "PRIVATE KEY", "--client-key"}}) {
    if (file.path.empty()) continue;
    THIG_TRY_ASSIGN(path, check_pem_file(file.path, file.kind, file.flag));
    file.path = std::move(path);
  }
  return {};
}

}  // namespace thig

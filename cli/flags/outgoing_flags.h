// The settings of an outgoing webhook as flags: for adding one, for changing one, and for trying a
// URL.
#pragma once

#include "cli/flags/flags.h"
#include "core/model/endpoint.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

// Attempts a second; 0 for no limit.
Result<double> parse_rate(const std::string& text);

class OutgoingFlags {
 public:
  // --event.
  Flags::Item& declare_events(Flags& flags);
  // --add-event and --remove-event.
  void declare_event_changes(Flags& flags);
  // --when.
  void declare_conditions(Flags& flags);
  // --signature, --signature-header, --header and --timeout.
  void declare_request(Flags& flags);
  // --remove-header and --no-headers.
  void declare_header_changes(Flags& flags);
  // --retry, --max-in-flight and --rate.
  void declare_pace(Flags& flags);
  // --allow-private, --ca-file, --client-cert and --client-key.
  void declare_network(Flags& flags);
  // --no-allow-private.
  void declare_network_changes(Flags& flags);
  void declare_description(Flags& flags);

  // Changes what was given, and leaves the rest. Events and conditions take the place of those
  // there were; a header, in its place, that of the one of its name; an empty text empties. Files
  // must be there, and their paths become absolute: `run` has another working directory. `usage`
  // for flags that contradict each other, or take away what is not there.
  Status apply(Endpoint& endpoint) const;
  // Nothing if it was not given.
  const std::optional<SignatureMode>& signature() const { return signature_; }
  // Whether anything was given.
  bool any() const;

 private:
  Status apply_events(Endpoint& endpoint) const;
  Status apply_headers(Endpoint& endpoint) const;
  void apply_files(Endpoint& endpoint) const;

  std::vector<std::string> events_;
  std::vector<std::string> added_events_;
  std::vector<std::string> removed_events_;
  std::optional<std::vector<Condition>> conditions_;
  std::optional<SignatureMode> signature_;
  std::optional<std::string> signature_header_;
  std::vector<Header> headers_;
  std::vector<std::string> removed_headers_;
  bool no_headers_ = false;
  std::optional<Millis> timeout_;
  std::optional<std::vector<Millis>> retry_;
  std::optional<int> max_in_flight_;
  std::optional<double> rate_;
  bool allow_private_ = false;
  bool refuse_private_ = false;
  std::optional<std::string> ca_file_;
  std::optional<std::string> client_cert_;
  std::optional<std::string> client_key_;
  std::optional<std::string> description_;
};

}  // namespace thig

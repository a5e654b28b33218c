// The settings of an incoming webhook as flags: for adding one, and for changing one.
#pragma once

#include "cli/flags/flags.h"
#include "cli/flags/scheme_flags.h"
#include "core/model/incoming_hook.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

class IncomingFlags {
 public:
  // --set, --default, --when, --event, --command, --directory, --timeout and --max-parallel.
  void declare_action(Flags& flags);
  // --scheme with those of a generic one, --verify-token, --allow-from, --accept, --max-body,
  // --dedupe and --rate.
  void declare_sender(Flags& flags);
  void declare_description(Flags& flags);

  // Changes what was given, and leaves the rest. A list that was given takes the place of the one
  // there was; one empty text empties it. `usage` for a --default without its --set.
  Status apply(IncomingHook& hook) const;
  // Whether anything was given.
  bool any() const;

 private:
  std::optional<std::vector<FieldRule>> fields_;
  std::vector<std::string> defaults_;
  std::optional<std::vector<Condition>> conditions_;
  std::optional<std::string> event_type_;
  std::vector<std::string> command_;
  std::optional<std::string> directory_;
  std::optional<Millis> timeout_;
  std::optional<int> max_parallel_;
  std::optional<std::string> scheme_;
  SchemeFlags generic_;
  std::optional<std::string> verify_token_;
  std::optional<std::vector<std::string>> allowed_addresses_;
  std::optional<std::vector<std::string>> content_types_;
  std::optional<int> max_body_kib_;
  std::optional<Millis> dedupe_;
  std::optional<int> rate_;
  std::optional<std::string> description_;
};

}  // namespace thig

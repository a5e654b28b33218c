// The settings of an incoming webhook as the fields of a form.
#pragma once

#include "core/model/event_catalog.h"
#include "core/model/incoming_hook.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/html.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig::pages {

// What stands in the fields, as on the command line.
struct IncomingFields {
  std::string name{};
  std::string description{};
  std::string event{};
  std::vector<std::string> set{};       // "name=/issue/title"
  std::vector<std::string> fallback{};  // "status=open", for fields of the above
  std::vector<std::string> when{};      // "/action=opened"
  std::vector<std::string> command{};   // the program, and each argument
  std::string directory{};
  std::string timeout{};
  std::string max_parallel{};
  std::string scheme{};        // of the table, "generic", or empty
  std::string generic{};       // its settings: "header=x-signature encoding=base64"
  std::string verify_token{};  // given; empty: as it is
  std::vector<std::string> allowed_addresses{};
  std::vector<std::string> content_types{};
  std::string max_body{};
  std::string dedupe{};
  std::string rate{};
};

// As the webhook is; its verify token is left out.
IncomingFields incoming_fields_of(const IncomingHook& hook);
// As they were sent.
IncomingFields incoming_fields_of(const Form& form);

// Makes these the settings, but for what stands there as it was: what a field cannot hold stays as
// it is. What cannot be is added to the errors; what only the store can tell is not looked at.
void read_incoming_fields(const IncomingFields& fields, IncomingHook& settings, FormErrors& errors);

// The fields that an action of that kind has. `types`: that can be emitted. `adding`: it is none
// yet.
Html incoming_form_fields(const IncomingFields& fields, ActionKind kind,
                          std::span<const EventType> types, bool adding, const FormErrors& errors);

}  // namespace thig::pages

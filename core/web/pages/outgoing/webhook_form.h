// The settings of an outgoing webhook as the fields of a form.
#pragma once

#include "core/model/endpoint.h"
#include "core/model/event_catalog.h"
#include "core/store/store.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/html.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig::pages {

// What stands in the fields.
struct WebhookFields {
  std::string name;
  std::string url;
  std::string description;
  std::vector<std::string> events;  // that are ticked, or written into the field below
  std::vector<std::string> when;    // conditions
  std::string retry;
  std::string timeout;
  std::string signature;
  std::string signature_header;
  std::vector<std::string> headers;  // "Name: value", or a name alone
  std::string max_in_flight;
  std::string rate;
  bool allow_private = false;
  std::string ca_file;
  std::string client_cert;
  std::string client_key;
};

// As the webhook is. The values of its headers may be secrets: these are left out.
WebhookFields fields_of(const Endpoint& endpoint);
// As they were sent.
WebhookFields fields_of(const Form& form);

// Makes these the settings. A header without a value keeps the one that it has in them; events stay
// in their order. What cannot be is added to the errors; what only the store can tell is not looked
// at.
void read_fields(const WebhookFields& fields, Endpoint& settings, FormErrors& errors);

// What can be subscribed to, and how often each of these was emitted of late.
struct EventChoices {
  std::vector<EventType> types;
  RecentEvents recent;
};
// Looks at a bounded number of the newest events.
Result<EventChoices> read_event_choices(Store& store, Time now);

// `adding`: it is none yet.
Html webhook_fields(const WebhookFields& fields, const EventChoices& choices, bool adding,
                    const FormErrors& errors);

// The boxes for events (event_tree.cpp), those that are chosen first.
Html event_boxes(const EventChoices& choices, const std::vector<std::string>& chosen,
                 const FormErrors& errors);

}  // namespace thig::pages

// A document that says how webhooks are to be set up, for `apply`, and as `export` writes it. Kept
// under version control, it holds no secrets unless they are asked for.
//   {"version": 1,
//    "settings": {"publicUrl": "https://hooks.example.com"},
//    "members": [{"name": "ada", "role": "owner"}],
//    "eventTypes": [{"name": "invoice.paid", "description": …, "category": …, "sample": {…}}],
//    "outgoing": [{"name": "crm", "url": "https://…", "events": ["project.*"], …}],
//    "incoming": [{"name": "issues", "action": {"kind": "create-project", …}, …}]}
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"
#include "core/model/event_catalog.h"
#include "core/model/incoming_hook.h"
#include "core/model/member.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// Nearly 300,000 webhooks with the usual settings, as they are exported. Whoever applies that much
// holds it all in memory, about six times as many bytes.
inline constexpr std::size_t longest_setup_document = 128u << 20;

// What is not said of a webhook is as for a new one, except for what the document may leave out on
// purpose: its state, its secret, the values of its extra headers.
struct OutgoingSetup {
  std::string place;  // for messages: "outgoing[0] crm in line 4"
  Endpoint settings;  // an extra header without a value keeps the one there is
  std::optional<SignatureMode> signature;
  std::optional<std::string> secret;
  std::optional<bool> active;
};

struct IncomingSetup {
  std::string place;
  IncomingHook settings;
  bool verify_token_left_out = false;
  std::optional<std::string> secret;
  std::optional<std::string> token;  // of its URL
  std::optional<bool> active;
};

struct MemberSetup {
  std::string place;
  Member member;
};

// A list that is not in the document says nothing about its kind, nor does a setting.
struct SetupDocument {
  std::optional<std::string> public_url;  // empty: none, so that the default holds
  std::optional<std::vector<MemberSetup>> members;
  std::optional<std::vector<EventType>> event_types;
  std::optional<std::vector<OutgoingSetup>> outgoing;
  std::optional<std::vector<IncomingSetup>> incoming;
};

// Where a document says that a secret is to be had: {"file": "crm.secret"}, {"env": "CRM_SECRET"}.
struct SecretSource {
  enum class Kind { file, environment } kind = Kind::file;
  std::string name;
};
using SecretReader = std::function<Result<std::string>(const SecretSource&)>;

// `invalid`, with the place and line, for what is no such document: wrong JSON, unknown or missing
// members, values of the wrong kind, a name that is there twice. What the values may be is checked
// when it is applied. Without `read_secret` a secret is a text and nothing else: who sends a
// document must not have files of this machine read.
Result<SetupDocument> read_setup_document(std::string_view text,
                                          const SecretReader& read_secret = {});

// The same of one webhook alone: {"name":"crm","url":"https://…","events":["project.*"]}.
Result<OutgoingSetup> read_outgoing_setup(std::string_view text);
Result<IncomingSetup> read_incoming_setup(std::string_view text);
// Gives a webhook the settings that are in the text, and leaves all others as they are; `invalid`
// for null. `active` becomes the state that it asks for, where it does. An extra header without a
// value keeps the one there is. The secret of an outgoing webhook is no setting: it is rotated.
Status read_outgoing_change(std::string_view text, Endpoint& settings, std::optional<bool>& active);
Status read_incoming_change(std::string_view text, IncomingHook& settings,
                            std::optional<bool>& active);
// What is to verify from now on: a scheme may need it.
Result<std::optional<std::string>> incoming_change_secret(std::string_view text);

// What there is, as a document, laid out to be read and compared. Each webhook's live secret, and
// the token of its URL, can be given (in the same order), else none is written.
struct SetupContent {
  std::string public_url;  // empty: none
  std::vector<Member> members;
  std::vector<EventType> event_types;
  std::vector<Endpoint> outgoing;
  std::vector<IncomingHook> incoming;
  bool with_secrets = false;
  std::vector<std::string> outgoing_secrets;
  std::vector<std::string> incoming_secrets;  // empty for one that verifies nothing
  std::vector<std::string> incoming_tokens;
};
std::string write_setup_document(const SetupContent& content);

}  // namespace thig

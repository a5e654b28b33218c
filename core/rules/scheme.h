// How the senders of webhooks sign: one table, which signing, verifying and explaining go by.
// Adding a sender is adding a row. Sources: the senders' own documentation.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/model/endpoint.h"
#include "core/model/incoming_hook.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

enum class SignatureAlgorithm {
  hmac_sha1,
  hmac_sha256,
  hmac_sha512,
  ed25519,
  token,  // the header is the secret itself, and nothing is signed
};
std::string_view to_text(SignatureAlgorithm algorithm);

enum class SignatureEncoding { hex, base64 };
std::string_view to_text(SignatureEncoding encoding);

// What of a secret is the key.
enum class KeyForm {
  verbatim,  // its text as it is
  standard,  // the bytes of the base64 after "whsec_"
  base64,    // the bytes of its text, all of it base64
  hex,
  ed25519,  // rules/secret.h
};

// How the header holds its signatures. `prefix` stands before each.
enum class SignatureList {
  single,  // "sha256=…"
  tokens,  // separated by blanks: "v1,… v1,…"
  fields,  // separated by commas, each name=value; the prefix is a name: "t=…,v1=…,v1=…"
};

enum class TimestampPlace {
  nowhere,  // it is not signed
  header,
  field,  // of the signature header (SignatureList::fields)
  body,   // a member of the JSON document
};

// Twilio signs forms by their fields, and other bodies by a hash in the URL's query.
enum class UrlBodyHash {
  ignored,
  absent,    // the row is for URLs without bodySHA256
  required,  // and this one for those with it, which must be the body's
};

struct Scheme {
  std::string name;     // "standard"
  std::string variant;  // "v1"; empty if the scheme has one row only
  std::string sender;   // for people: "Standard Webhooks"

  std::string header;  // names of headers are in lower case
  SignatureList list = SignatureList::single;
  std::string prefix{};
  SignatureAlgorithm algorithm = SignatureAlgorithm::hmac_sha256;
  SignatureEncoding encoding = SignatureEncoding::hex;
  KeyForm key = KeyForm::verbatim;
  // What is signed: text with {id}, {timestamp}, {url}, {body} and {form}, the body's form fields
  // sorted by name, each name with its value.
  std::string content{};

  std::string id_header{};  // empty: the sender's id is not part of it
  TimestampPlace timestamp = TimestampPlace::nowhere;
  std::string timestamp_name{};  // of the header, field or member
  bool in_milliseconds = false;
  Millis tolerance{300'000};  // how old, or new, it may be
  UrlBodyHash url_body_hash = UrlBodyHash::ignored;

  // What names a message when it is sent again: a header, or a member of the body. No text:
  // nothing.
  ValueRef delivery_id{};
  // Members of the body, at its top, that only messages have which are sent again on purpose, byte
  // by byte the same: those are told apart by their ids although these are not signed.
  std::vector<std::string> repeatable{};
  // Whether its messages come as forms, too. The content type is not signed: of another sender,
  // JSON must not be read as a form because somebody says so.
  bool sends_forms = false;
};

// "standard (v1)", "github".
std::string describe(const Scheme& scheme);

std::span<const Scheme> scheme_table();
// Each once, in the table's order.
std::vector<std::string> scheme_names();
// The rows of a scheme; empty if there is none of that name.
std::vector<const Scheme*> schemes_named(std::string_view name);
// The rows of the tokens that a webhook's deliveries carry, in their order.
std::span<const Scheme* const> delivery_schemes(SignatureMode mode);

// Whether a scheme that was put together by hand makes sense: `invalid` for an unknown placeholder
// in its content, or one for which nothing says where it comes from.
Status check_scheme(const Scheme& scheme);
// What stands between the id and what is signed after it; no id may hold it. Empty if there is
// none.
std::string_view text_after_id(const Scheme& scheme);
bool signs_url(const Scheme& scheme);
bool signs_form(const Scheme& scheme);
// Whether the signature covers what names a message when it is sent again.
bool signs_delivery_id(const Scheme& scheme);

}  // namespace thig

#include "core/rules/secret.h"

#include "core/base/codec.h"
#include "core/base/ed25519.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view version_prefix = "v1,";
constexpr std::string_view private_prefix = "whsk_";
constexpr std::string_view public_prefix = "whpk_";
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;
constexpr std::size_t longest_secret = 1024;

// The bytes a standard secret stands for. Supabase shows its secrets with the version before them;
// Svix's own manual has one of fewer bytes than the standard asks for.
std::optional<std::string> standard_key(std::string_view secret) {
  if (secret.starts_with(version_prefix)) secret.remove_prefix(version_prefix.size());
  if (!secret.starts_with(secret_prefix)) return std::nullopt;
  auto key = from_base64(secret.substr(secret_prefix.size()));
  if (!key || key->empty() || key->size() > longest_key) return std::nullopt;
  return key;
}

void take_private_key(SigningKey& key, std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() < ed25519_key_size) return;
  const std::string seed = bytes->substr(0, ed25519_key_size);
  const std::string rest = bytes->substr(ed25519_key_size);
  const auto derived = ed25519_public_key(seed);
  // A public key that belongs to another seed would make signatures nobody can verify.
  if (!derived || (!rest.empty() && rest != *derived)) return;
  key.seed = seed;
  key.public_key = *derived;
}

void take_ed25519(SigningKey& key, std::string_view secret) {
  if (secret.starts_with(private_prefix)) {
    take_private_key(key, secret.substr(private_prefix.size()));
    return;
  }
  const auto bytes = secret.starts_with(public_prefix)
                         ? from_base64(secret.substr(public_prefix.size()))
                         : from_hex(secret);
  if (!bytes || bytes->size() != ed25519_key_size || ed25519_is_low_order(*bytes)) return;
  key.public_key = *bytes;
  if (!secret.starts_with(public_prefix)) key.seed = *bytes;
}

// What shows nothing: the blanks of Unicode (White_Space) and what has no width.
constexpr std::string_view blanks[] = {
    " ",      "\t",     "\n",     "\r",     "\u00a0", "\u00ad", "\u034f", "\u061c", "\u1680",
    "\u180e", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007",
    "\u2008", "\u2009", "\u200a", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028",
    "\u2029", "\u202f", "\u205f", "\u2060", "\u2800", "\u3000", "\u3164", "\ufeff",
};

// Nothing but blanks, perhaps behind a prefix of a secret.
bool is_blank_secret(std::string_view secret) {
  while (!secret.empty()) {
    const auto starts = [&](std::string_view part) { return secret.starts_with(part); };
    constexpr std::string_view all_prefixes[] = {secret_prefix, private_prefix, public_prefix};
    const auto* blank = std::ranges::find_if(blanks, starts);
    const auto* prefix = std::ranges::find_if(all_prefixes, starts);
    if (blank != std::end(blanks)) {
      secret.remove_prefix(blank->size());
    } else if (prefix != std::end(all_prefixes)) {
      secret.remove_prefix(prefix->size());
    } else {
      return false;
    }
  }
  return true;
}

bool starts_with_blank(std::string_view secret) {
  return std::ranges::any_of(blanks, [&](auto blank) { return secret.starts_with(blank); });
}

bool ends_with_blank(std::string_view secret) {
  return std::ranges::any_of(blanks, [&](auto blank) { return secret.ends_with(blank); });
}

bool is_quoted(std::string_view secret) {
  constexpr std::string_view quotes = "\"'`";
  return secret.size() > 1 && secret.front() == secret.back() && quotes.contains(secret.front());
}

// A line of a file of variables: "WEBHOOK_SECRET=…", "export key=…". Base64 may have "=" at its
// end only.
bool is_assignment(std::string_view secret) {
  if (secret.starts_with("export ")) return true;
  const auto equals = secret.find('=');
  if (equals == secret.npos || secret.find_first_not_of('=', equals) == secret.npos) return false;
  const std::string_view name = secret.substr(0, equals);
  const auto is_capital = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_part = [&](char c) { return is_capital(c) || (c >= '0' && c <= '9'); };
  if (name.size() > 2 && is_capital(name.front()) && std::ranges::all_of(name, is_part))
    return true;
  const std::string lower = ascii_lower(name);
  constexpr std::string_view words[] = {"secret", "key", "token"};
  return std::ranges::any_of(words, [&](auto word) { return lower.ends_with(word); });
}

// What was copied along with a secret makes another one of it, and nothing ever matches.
Status check_surroundings(std::string_view secret) {
  const auto refused = [](std::string_view what) {
    return fail(ErrorCode::invalid, fmt::format("the secret {}", what),
                "give the secret alone, as the sender shows it");
  };
  if (secret.starts_with("\ufeff")) return refused("begins with a byte order mark");
  if (starts_with_blank(secret)) return refused("begins with a space");
  if (ends_with_blank(secret)) return refused("ends with a space");
  if (is_quoted(secret)) return refused("is in quotes");
  if (is_assignment(secret)) return refused("begins with its name and =");
  return {};
}

}  // namespace

std::string make_secret(std::string_view random_bytes) {
  return std::string(secret_prefix) + to_base64(random_bytes);
}

bool is_standard_secret(std::string_view secret) {
  const auto key = standard_key(secret);
  return secret.starts_with(secret_prefix) && key && key->size() >= shortest_key;
}

Status check_secret(std::string_view secret) {
  if (is_blank_secret(secret)) {
    return fail(ErrorCode::invalid, "the secret is empty");
  }
  if (secret.size() > longest_secret) {
    return fail(ErrorCode::invalid,
                fmt::format("the secret is longer than {} bytes", longest_secret));
  }
  if (!is_plain_text(secret)) {
    return fail(ErrorCode::invalid, "the secret must be UTF-8 without control characters",
                "the usual cause is a line break at the end of the secret's file");
  }
  return check_surroundings(secret);
}

Status check_secret(std::string_view secret, SignatureMode mode) {
  THIG_TRY(check_secret(secret));
  if (mode == SignatureMode::thig || is_standard_secret(secret)) return {};
  return fail(ErrorCode::invalid,
              "the secret is not a Standard Webhooks secret (whsec_ and base64 of 24 to 64 bytes)",
              {"sign with ", Setting{"signature", "thig"},
               ", or leave the secret out to have one generated"});
}

SigningKey signing_key(std::string_view secret) {
  SigningKey key{.standard = standard_key(secret).value_or(std::string()), .verbatim = {}};
  take_ed25519(key, secret);
  // A key that is public, or whose other half is, must never do for an HMAC: anyone could sign.
  const bool asymmetric = secret.starts_with(private_prefix) || secret.starts_with(public_prefix);
  if (!asymmetric) key.verbatim = secret;
  return key;
}

}  // namespace thig

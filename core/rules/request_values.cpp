#include "core/rules/request_values.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/json_pointer.h"
#include "core/rules/form.h"
#include "core/rules/header_text.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <regex.h>

namespace thig {
namespace {

constexpr std::size_t most_conditions = 20;
constexpr std::size_t longest_pattern = 200;
constexpr std::size_t longest_matched = 4096;
constexpr std::size_t too_large = 1500;       // a pattern, its repetitions written out
constexpr std::size_t most_work = 4'000'000;  // the same, times the square of the value's length

struct Prefix {
  std::string_view text;
  ValueSource source;
};
constexpr Prefix prefixes[] = {
    {"header:", ValueSource::header},
    {"query:", ValueSource::query},
    {"literal:", ValueSource::literal},
};

class Regex {
 public:
  explicit Regex(const std::string& pattern)
      : good_(regcomp(&compiled_, pattern.c_str(), REG_EXTENDED | REG_NOSUB) == 0) {}
  ~Regex() {
    if (good_) regfree(&compiled_);
  }
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  bool good() const { return good_; }
  bool matches(const std::string& text) const {
    return good_ && regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_{};
  bool good_;
};

// What stands behind a "{": the larger number of "{2,5}".
std::size_t repetitions(std::string_view text) {
  std::size_t most = 1;
  std::size_t number = 0;
  for (const char c : text) {
    if (c == ',') {
      number = 0;
    } else if (c < '0' || c > '9') {
      break;
    } else {
      number = std::min(number * 10 + static_cast<std::size_t>(c - '0'), too_large);
      most = std::max(most, number);
    }
  }
  return most;
}

// The library writes repetitions out, nested ones multiply, and matching takes more than the square
// of that. Repetitions of single characters are side by side; those of a group or of another
// repetition may be nested. This is a bound: a brace that is only text counts as well.
std::size_t written_out(std::string_view pattern) {
  std::size_t side_by_side = pattern.size();
  std::size_t nested = 1;
  for (auto at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1)) {
    const std::size_t times = repetitions(pattern.substr(at + 1));
    const bool may_nest = at > 0 && std::string_view(")}*+?").contains(pattern[at - 1]);
    if (may_nest) {
      nested = std::min(nested * times, too_large);
    } else {
      side_by_side += times;
    }
  }
  return side_by_side * nested;
}

// With repetitions, the library may need a new state for each byte of the value, and each takes the
// longer the more there are: ".*a.{100}c" needs a minute for 4096 bytes. Half a tenth of a second
// is the most that this lets happen.
bool takes_too_long(std::string_view pattern, std::size_t length) {
  if (pattern.find_first_of("*+{") == pattern.npos) return length > longest_matched;
  return length > longest_matched || written_out(pattern) * length * length > most_work;
}

std::optional<std::string> value_in_body(const RequestView& request, std::string_view pointer) {
  const auto value =
      request.pointed != nullptr ? request.pointed->at(pointer) : json_at(request.body, pointer);
  if (!value) return std::nullopt;
  switch (json_kind(*value)) {
    case JsonKind::null:
      return std::nullopt;
    case JsonKind::string:
      return json_text(*value);
    default:
      return std::string(*value);
  }
}

std::optional<std::string> value_in_headers(std::span<const Header> headers,
                                            std::string_view name) {
  for (const Header& header : headers) {
    if (ascii_lower(header.name) == name) return header.value;
  }
  return std::nullopt;
}

std::unexpected<Error> nothing_to_compare() {
  return fail(ErrorCode::invalid, "a condition cannot be on a literal",
              "compare /a/json/pointer, header:NAME or query:NAME");
}

bool is_field_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= 100 && letter(name.front()) &&
         std::ranges::all_of(
             name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

std::optional<std::string> value_of(const ValueRef& ref, const RequestView& request) {
  switch (ref.source) {
    case ValueSource::pointer:
      return value_in_body(request, ref.text);
    case ValueSource::header:
      return value_in_headers(request.headers, ref.text);
    case ValueSource::query:
      return form_field(request.query, ref.text);
    case ValueSource::literal:
      return ref.text;
  }
  return std::nullopt;
}

bool holds(const Condition& condition, const RequestView& request) {
  const auto value = value_of(condition.value, request);
  if (!condition.is_regex) {
    const bool equal = value ? *value == condition.expected : condition.expected == "null";
    return equal != condition.negated;
  }
  if (!value) return condition.negated;
  // A NUL would hide what stands behind it from the regular expression.
  if (takes_too_long(condition.expected, value->size()) || value->contains('\0')) return false;
  return Regex(condition.expected).matches(*value) != condition.negated;
}

const Condition* first_unmet(std::span<const Condition> conditions, const RequestView& request) {
  const auto unmet = std::ranges::find_if_not(
      conditions, [&](const Condition& condition) { return holds(condition, request); });
  return unmet == conditions.end() ? nullptr : &*unmet;
}

Result<ValueRef> parse_value_ref(std::string_view text) {
  if (text.empty() || text.front() == '/') {
    THIG_TRY(check_json_pointer(text));
    return ValueRef{.source = ValueSource::pointer, .text = std::string(text)};
  }
  for (const Prefix& prefix : prefixes) {
    if (!text.starts_with(prefix.text)) continue;
    ValueRef ref{.source = prefix.source, .text = std::string(text.substr(prefix.text.size()))};
    if (ref.source == ValueSource::header) {
      // A name with a colon would be read as a name and a value.
      const auto header = parse_header(ref.text + ":");
      if (!header || header->name != ref.text) {
        return fail(ErrorCode::invalid,
                    fmt::format("not a valid header name: \"{}\"", printable(ref.text)),
                    "write it as header:X-GitHub-Event");
      }
      ref.text = ascii_lower(ref.text);
    }
    if (ref.source == ValueSource::query && ref.text.empty()) {
      return fail(ErrorCode::invalid, "query: names no field", "write it as query:name");
    }
    return ref;
  }
  return fail(ErrorCode::invalid,
              fmt::format("not a valid place in a request: \"{}\"", printable(text)),
              "write it as /a/json/pointer, header:NAME, query:NAME or literal:TEXT");
}

Result<FieldRule> parse_field_rule(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == text.npos || !is_field_name(text.substr(0, equals))) {
    return fail(ErrorCode::invalid, fmt::format("\"{}\" sets no field", printable(text)),
                "write it as FIELD=FROM, such as name=/data/title");
  }
  THIG_TRY_ASSIGN(ref, parse_value_ref(text.substr(equals + 1)));
  return FieldRule{.field = std::string(text.substr(0, equals)), .value = std::move(ref)};
}

Result<Condition> parse_condition(std::string_view text) {
  const auto at = text.find_first_of("=~");
  // In a pointer a tilde escapes what follows it.
  const auto split = [&] {
    for (auto i = at; i != text.npos; i = text.find_first_of("=~", i + 1)) {
      const char next = i + 1 < text.size() ? text[i + 1] : ' ';
      const bool escape = text.front() == '/' && text[i] == '~' && (next == '0' || next == '1');
      if (!escape) return i;
    }
    return std::string_view::npos;
  }();
  if (text.starts_with("literal:")) return nothing_to_compare();
  const bool negated = split != text.npos && split > 0 && text[split - 1] == '!';
  if (split == text.npos || split == (negated ? 1 : 0)) {
    return fail(ErrorCode::invalid, fmt::format("not a valid condition: \"{}\"", printable(text)),
                "write it as FROM=TEXT, FROM!=TEXT, FROM~REGEX or FROM!~REGEX, such as "
                "/data/status=FINAL");
  }
  THIG_TRY_ASSIGN(ref, parse_value_ref(text.substr(0, negated ? split - 1 : split)));
  Condition condition{.value = std::move(ref),
                      .is_regex = text[split] == '~',
                      .expected = std::string(text.substr(split + 1)),
                      .negated = negated};
  THIG_TRY(check_condition(condition));
  return condition;
}

Result<Condition> as_typed(Result<Condition> parsed) {
  if (!parsed) return parsed;
  const auto wrong = [&](std::string_view why, std::string hint) {
    return fail(ErrorCode::invalid,
                fmt::format("not a valid condition: \"{}\" ({})", printable(to_text(*parsed)), why),
                std::move(hint));
  };
  const std::string& expected = parsed->expected;
  if (!parsed->is_regex && expected.starts_with('=')) {
    return wrong("two equals signs", "write it as FROM=TEXT; a TEXT that begins with =: FROM~^=");
  }
  if (!parsed->is_regex && expected.starts_with('~')) {
    return wrong("both = and ~", "write it as FROM~REGEX");
  }
  for (std::size_t i = 0; parsed->is_regex && i + 1 < expected.size(); ++i) {
    if (expected[i] != '\\') continue;
    const char escaped = expected[++i];
    if (escaped == 'd') return wrong("\\d is the letter d here", "for a digit, write [0-9]");
    if (escaped == 'D') return wrong("\\D is the letter D here", "for no digit, write [^0-9]");
  }
  return parsed;
}

Status check_condition(const Condition& condition) {
  if (condition.value.source == ValueSource::literal) {
    return nothing_to_compare();
  }
  if (condition.value.text.ends_with('!')) {
    return fail(ErrorCode::invalid, "a condition's place cannot end in !, which says \"not\"",
                "to negate a condition, write FROM!=TEXT or FROM!~REGEX");
  }
  if (!condition.is_regex) return {};
  const std::string& pattern = condition.expected;
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::invalid,
                fmt::format("the regular expression \"{}\" {}", printable(pattern), why),
                "use a POSIX extended regular expression, as in grep -E");
  };
  if (pattern.size() > longest_pattern || pattern.contains('\0')) return wrong("is too long");
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '\\') continue;
    ++i;
    if (pattern[i] >= '0' && pattern[i] <= '9') return wrong("has a back-reference");
  }
  if (too_large <= written_out(pattern)) return wrong("repeats too much");
  if (!Regex(pattern).good()) return wrong("is not valid");
  return {};
}

Status check_conditions(std::span<const Condition> conditions) {
  if (conditions.size() > most_conditions) {
    return fail(ErrorCode::invalid, "too many conditions",
                fmt::format("give at most {}", most_conditions));
  }
  for (const Condition& condition : conditions) THIG_TRY(check_condition(condition));
  return {};
}

std::string to_text(const ValueRef& ref) {
  for (const Prefix& prefix : prefixes) {
    if (prefix.source == ref.source) return std::string(prefix.text) + ref.text;
  }
  return ref.text;
}

std::string to_text(const FieldRule& rule) {
  return rule.field + "=" + to_text(rule.value);
}

std::string to_text(const Condition& condition) {
  return to_text(condition.value) + (condition.negated ? "!" : "") +
         (condition.is_regex ? "~" : "=") + condition.expected;
}

}  // namespace thig

#include "core/web/pages/incoming/incoming_sample.h"

#include "core/api/shell_words.h"
#include "core/base/json.h"
#include "core/base/json_pointer.h"
#include "core/rules/form.h"
#include "core/web/pages/html/link.h"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::string_view any_value = "test";

struct SampleMember {
  std::string name;
  std::string value{};
  std::vector<SampleMember> members{};
};

void put(std::vector<SampleMember>& members, std::span<const std::string> parts,
         std::string_view value) {
  auto found = std::ranges::find(members, parts.front(), &SampleMember::name);
  if (found == members.end()) found = members.insert(members.end(), {.name = parts.front()});
  if (parts.size() == 1) {
    found->value = value;
  } else {
    put(found->members, parts.subspan(1), value);
  }
}

void write(JsonWriter& json, const std::vector<SampleMember>& members) {
  json.begin_object();
  for (const SampleMember& member : members) {
    json.key(member.name);
    if (member.members.empty()) {
      json.text(member.value);
    } else {
      write(json, member.members);
    }
  }
  json.end_object();
}

// What a request has to have.
class Sample {
 public:
  void add(const ValueRef& where, std::string_view value) {
    switch (where.source) {
      case ValueSource::pointer:
        if (const auto parts = json_pointer_parts(where.text); !parts.empty()) {
          put(members_, parts, value);
        }
        return;
      case ValueSource::header:
        headers_ += " -H " + shell_word(fmt::format("{}: {}", where.text, value));
        return;
      case ValueSource::query:
        query_ += fmt::format("{}{}={}", query_.empty() ? '?' : '&', percent_encoded(where.text),
                              percent_encoded(value));
        return;
      case ValueSource::literal:
        return;
    }
  }

  std::string curl(std::string_view url) {
    if (members_.empty()) members_.push_back({.name = "hello", .value = "world"});
    JsonWriter json;
    write(json, members_);
    const std::string target =
        query_.empty() ? std::string(url) : fmt::format("{}{}", url, single_quoted(query_));
    return fmt::format("curl {}{} -H 'content-type: application/json' -d {}", target, headers_,
                       single_quoted(json.take()));
  }

 private:
  std::vector<SampleMember> members_;
  std::string headers_;
  std::string query_;
};

}  // namespace

std::string sample_curl(const IncomingAction& action, std::string_view url) {
  Sample sample;
  for (const FieldRule& rule : action.fields) sample.add(rule.value, any_value);
  for (const Condition& condition : action.conditions) {
    const bool is_value = !condition.negated && !condition.is_regex;
    sample.add(condition.value, is_value ? std::string_view(condition.expected) : any_value);
  }
  return sample.curl(url);
}

}  // namespace thig::pages

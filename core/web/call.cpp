#include "core/web/call.h"

#include "core/rules/form.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t most_emitters = 64;

}  // namespace

std::optional<std::string_view> header_said(const HttpRequest& request, std::string_view name) {
  const auto first = std::ranges::find(request.headers, name, &Header::name);
  if (first == request.headers.end()) return std::nullopt;
  const bool once = std::ranges::count(request.headers, name, &Header::name) == 1;
  return once ? std::string_view(first->value) : std::string_view();
}

std::optional<std::string_view> cookie_of(const HttpRequest& request, std::string_view name) {
  const auto header = header_said(request, "cookie");
  return header ? find_cookie(*header, name) : std::nullopt;
}

Query::Query(std::string_view target) {
  const auto mark = target.find('?');
  if (mark != target.npos) fields_ = form_fields(target.substr(mark + 1));
}

std::optional<std::string> Query::find(std::string_view name) const {
  const auto found =
      std::ranges::find(fields_, name, [](const auto& field) { return field.first; });
  if (found == fields_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Query::list(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [field, text] : fields_) {
    if (field != name) continue;
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t comma = std::min(text.find(',', from), text.size());
      if (comma > from) values.push_back(text.substr(from, comma - from));
      from = comma + 1;
    }
  }
  return values;
}

Result<std::size_t> Query::number(std::string_view name, std::size_t least, std::size_t most,
                                  std::size_t otherwise) const {
  const auto text = find(name);
  if (!text) return otherwise;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc() && end == text->data() + text->size() && value >= least &&
      value <= most) {
    return value;
  }
  return std::unexpected(
      Error{.code = ErrorCode::usage,
            .text = fmt::format("{} must be an integer from {} to {}", name, least, most),
            .hint = {},
            .field = std::string(name)});
}

std::vector<std::string> Query::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : fields_) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

Emitter& Emitters::of(const Member& actor) {
  const auto found = std::ranges::find_if(
      kept_, [&](const std::unique_ptr<Kept>& kept) { return kept->actor == actor; });
  if (found != kept_.end()) {
    std::rotate(found, found + 1, kept_.end());
    return kept_.back()->emitter;
  }
  if (kept_.size() == most_emitters) kept_.erase(kept_.begin());
  kept_.push_back(std::make_unique<Kept>(Kept{
      .actor = actor, .emitter = {store_.config(), store_.intake(), clock_, actor, most_keys_}}));
  return kept_.back()->emitter;
}

}  // namespace thig

#include "core/api/prometheus.h"

#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

}  // namespace

std::string label_value(std::string_view text) {
  std::string out;
  for (bool first = true;; first = false) {
    if (!first) out += "\\n";
    const auto end = text.find('\n');
    append_escaped(out, printable(text.substr(0, end)));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

void Exposition::metric(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  sink_(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type));
}

void Exposition::sample(std::initializer_list<Label> labels, std::int64_t value) {
  line("", labels, std::to_string(value));
}

void Exposition::sample(std::initializer_list<Label> labels, double value) {
  line("", labels, fmt::format("{}", value));
}

void Exposition::count(std::initializer_list<Label> labels, std::int64_t value) {
  line("_count", labels, std::to_string(value));
}

void Exposition::line(std::string_view suffix, std::initializer_list<Label> labels,
                      std::string_view value) {
  line_ = name_;
  line_ += suffix;
  char before = '{';
  for (const auto& [name, text] : labels) {
    if (text.empty()) continue;
    line_ += before;
    line_.append(name).append("=\"").append(text).append("\"");
    before = ',';
  }
  if (before == ',') line_ += '}';
  line_.append(" ").append(value).append("\n");
  sink_(line_);
}

}  // namespace thig

// Metrics in Prometheus' text exposition format, version 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace thig {

class Exposition {
 public:
  // A name, and a value as label_value has made it.
  using Label = std::pair<std::string_view, std::string_view>;

  // Begins a metric; its samples follow. `type` is "counter", "gauge" or "summary".
  void metric(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::initializer_list<Label> labels, std::int64_t value);
  void sample(std::initializer_list<Label> labels, double value);
  // Of the metric's own _count.
  void count(std::initializer_list<Label> labels, std::int64_t value);

  std::string take() { return std::move(out_); }

 private:
  void line(std::string_view suffix, std::initializer_list<Label> labels, std::string_view value);

  std::string out_;
  std::string name_;
};

// As it stands between the quotes: backslash, quote and line feed escaped. What else would upset a
// terminal or is no UTF-8 is written as \xNN.
std::string label_value(std::string_view text);

}  // namespace thig

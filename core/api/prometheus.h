// Metrics in Prometheus' text exposition format, version 0.0.4.
#pragma once

#include "core/api/document_sink.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace thig {

class Exposition {
 public:
  // The sink must outlive it; it is given a line or two at a time.
  explicit Exposition(const DocumentSink& sink) : sink_(sink) {}

  // A name, and a value as label_value has made it; one that is empty is left out, which means the
  // same.
  using Label = std::pair<std::string_view, std::string_view>;

  // Begins a metric; its samples follow. `type` is "counter", "gauge" or "summary".
  void metric(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::initializer_list<Label> labels, std::int64_t value);
  void sample(std::initializer_list<Label> labels, double value);
  // Of the metric's own _count.
  void count(std::initializer_list<Label> labels, std::int64_t value);

 private:
  void line(std::string_view suffix, std::initializer_list<Label> labels, std::string_view value);

  const DocumentSink& sink_;
  std::string name_;
  std::string line_;
};

// As it stands between the quotes: backslash, quote and line feed escaped. What else would upset a
// terminal or is no UTF-8 is written as \xNN.
std::string label_value(std::string_view text);

}  // namespace thig

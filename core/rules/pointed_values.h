// Several JSON pointers into one document, found in a single walk through it: a document may have
// megabytes, and a webhook dozens of pointers.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thig {

class PointedValues {
 public:
  // The document, which check_json has accepted, must outlive this.
  PointedValues(std::string_view document, std::span<const std::string> pointers);

  // As json_at of this document; at once for the pointers that were given.
  std::optional<std::string_view> at(std::string_view pointer) const;

 private:
  // A place that a pointer names or leads through.
  struct Node {
    std::optional<std::string_view> value{};
    std::vector<std::pair<std::string, std::size_t>> members{};   // by name: a node
    std::vector<std::pair<std::size_t, std::size_t>> elements{};  // by index: a node
  };
  static constexpr std::size_t none = std::size_t(-1);

  void add(std::string_view pointer);
  std::size_t walk(std::size_t at, std::size_t node);
  std::size_t walk_object(std::size_t at, std::size_t node);
  std::size_t walk_array(std::size_t at, std::size_t node);
  std::size_t member(std::size_t node, std::string_view quoted_name) const;
  std::size_t element(std::size_t node, std::size_t index) const;
  std::size_t past_blanks(std::size_t at) const;
  std::size_t past_string(std::size_t at) const;
  std::size_t past_value(std::size_t at) const;

  std::string_view document_;
  std::vector<Node> nodes_;                                    // the first is the whole
  std::vector<std::pair<std::string, std::size_t>> pointers_;  // by their text: a node
};

}  // namespace thig

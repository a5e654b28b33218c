// What is said to a person, such as what to do about an error, with the operations and settings in
// it as data: each front end calls these its own way, `thig-hooks enable crm` and --ca-file, or a
// link and a field of a form. core/api/words.h turns it into text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace thig {

// Something that can be set or given, by its name in the contract: {"ca-file"}, and with a value,
// or what stands for one: {"set", "FIELD=FROM"}.
struct Setting {
  std::string name;
  std::string value = {};

  bool operator==(const Setting&) const = default;
};

// Something that can be done, by its name in the contract: {"members set-role", {"NAME", "owner"}},
// {"doctor", {}, {{"full"}}}.
struct Operation {
  std::string name;
  std::vector<std::string> arguments = {};
  std::vector<Setting> settings = {};

  bool operator==(const Operation&) const = default;
};

class Remark {
 public:
  using Part = std::variant<std::string, Operation, Setting>;

  Remark() = default;
  Remark(std::string text) { add(std::move(text)); }
  Remark(std::string_view text) { add(std::string(text)); }
  Remark(const char* text) { add(std::string(text)); }
  Remark(Operation operation) { add(std::move(operation)); }
  // Texts, operations, settings and remarks, in the order they are read.
  template <class First, class Second, class... More>
  Remark(First&& first, Second&& second, More&&... more) {
    add(std::forward<First>(first));
    add(std::forward<Second>(second));
    (add(std::forward<More>(more)), ...);
  }

  // Never with two texts next to each other, nor an empty one.
  const std::vector<Part>& parts() const { return parts_; }
  bool empty() const { return parts_.empty(); }

  bool operator==(const Remark&) const = default;

 private:
  void add(std::string text);
  void add(std::string_view text) { add(std::string(text)); }
  void add(const char* text) { add(std::string(text)); }
  void add(const Remark& remark);
  void add(Operation operation) { parts_.emplace_back(std::move(operation)); }
  void add(Setting setting) { parts_.emplace_back(std::move(setting)); }

  std::vector<Part> parts_;
};

}  // namespace thig

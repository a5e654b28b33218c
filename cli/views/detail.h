// One thing, shown field by field: aligned on a terminal, "field<TAB>value" when piped.
#pragma once

#include "cli/views/render.h"

#include <string>
#include <utility>
#include <vector>

namespace thig {

class Detail {
 public:
  Detail(bool for_eyes, bool colour, Time now) : for_eyes_(for_eyes), colour_(colour), now_(now) {}

  // A field without a value is left out.
  void add(std::string field, Cell value);
  void add(std::string field, std::string value) {
    add(std::move(field), Cell{.text = std::move(value)});
  }
  void add(std::string field, const char* value) { add(std::move(field), std::string(value)); }
  void add(std::string field, Time value) { add(std::move(field), moment_cell(value, now_)); }

  // A sentence with times in it.
  void add_sentence(std::string field, const std::string& text) {
    add(std::move(field), sentence_cell(text, now_));
  }

  std::string take();

 private:
  bool for_eyes_;
  bool colour_;
  Time now_;
  std::vector<std::pair<std::string, Cell>> fields_;
};

}  // namespace thig

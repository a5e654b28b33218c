// A list of JSON as JSON Lines: each element on a line of its own, for `--output jsonl`.
#pragma once

#include <string>
#include <string_view>

namespace thig {

// Takes documents as they are written, in pieces of any length, each document with its line end.
// What is not a list at the top stays as it is; an empty list gives no line.
class JsonLines {
 public:
  void add(std::string_view json, std::string& out);

 private:
  void take(char c, std::string& out);

  int depth_ = 0;
  bool list_ = false;     // the document is a list
  bool any_ = false;      // of which an element has begun
  bool in_text_ = false;  // within quotes
  bool escaped_ = false;
};

}  // namespace thig

// Words in the form in which exec and posix_spawn take arguments and environments.
#pragma once

#include <string>
#include <vector>

namespace thig {

// Ends with a null. The pointers are good as long as `words` is there and unchanged.
inline std::vector<char*> exec_words(const std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

}  // namespace thig

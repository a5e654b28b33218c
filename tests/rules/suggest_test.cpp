#include "core/rules/suggest.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a near miss is found") {
  const std::vector<std::string> commands{"add",    "deliver", "deliveries", "disable",
                                          "emit",   "enable",  "list",       "recover",
                                          "remove", "retry",   "rotate",     "serve-incoming"};
  const struct {
    std::string word;
    std::string nearest;
  } rows[] = {
      {"list", "list"},          // itself
      {"lst", "list"},           // a character left out,
      {"liist", "list"},         // put in,
      {"lisd", "list"},          // replaced,
      {"lsit", "list"},          // two swapped
      {"LIST", "list"},          // case
      {"deliverys", "deliver"},  // the nearer of two
      {"delivries", "deliveries"},
      {"serveincoming", "serve-incoming"},
      {"enabel", "enable"},
      {"dd", "add"},
      {"quit", ""},
      {"x", ""},
      {"", ""},
      {"listlist", ""},
  };
  for (const auto& row : rows) CHECK_MESSAGE(nearest(row.word, commands) == row.nearest, row.word);
}

TEST_CASE("a third of the candidate's characters is the limit") {
  const std::vector<std::string> one{"abcdef"};
  CHECK(nearest("abcdXY", one) == "abcdef");
  CHECK(nearest("abcXYZ", one) == "");
  CHECK(nearest("ab", std::vector<std::string>{"ac"}) == "");
}

TEST_CASE("the first of equals wins, and there may be nothing to choose from") {
  CHECK(nearest("cat", std::vector<std::string>{"bat", "car"}) == "bat");
  CHECK(nearest("cat", std::vector<std::string>{"car", "bat"}) == "car");
  CHECK(nearest("cat", {}) == "");
  CHECK(nearest("cat", std::vector<std::string>{""}) == "");
}

TEST_CASE("a huge word costs nothing") {
  CHECK(nearest(std::string(50'000'000, 'x'), std::vector<std::string>{"list", "add"}) == "");
}

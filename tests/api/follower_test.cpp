#include "core/api/follower.h"

#include <string>

#include <doctest/doctest.h>

namespace thig {
namespace {

struct Row {
  int id;
  std::string state;
};

std::string ids(Follower<int, std::string>& follower, std::vector<Row> newest) {
  std::string text;
  for (const Row& row : follower.fresh(
           std::move(newest), [](const Row& one) { return one.id; },
           [](const Row& one) { return one.state; })) {
    text += std::to_string(row.id) + row.state + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("a row comes when it is new and when it changes, the oldest first") {
  Follower<int, std::string> follower;
  CHECK(ids(follower, {{2, "p"}, {1, "d"}}) == "1d 2p ");
  CHECK(ids(follower, {{2, "p"}, {1, "d"}}) == "");
  CHECK(ids(follower, {{3, "p"}, {2, "d"}, {1, "d"}}) == "2d 3p ");
  CHECK(ids(follower, {}) == "");
}

}  // namespace thig

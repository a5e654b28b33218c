#include "core/base/error.h"

#include <string>

#include <doctest/doctest.h>

namespace thig {

TEST_CASE("a remark keeps what is named in it as data, and joins the texts between") {
  const Remark remark("give it with ", Setting{"set", "FIELD=FROM"}, " or", std::string(" see "),
                      Operation{"members set-role", {"NAME", "owner"}}, "");
  REQUIRE(remark.parts().size() == 4);
  CHECK(std::get<std::string>(remark.parts()[0]) == "give it with ");
  CHECK((std::get<Setting>(remark.parts()[1]) == Setting{"set", "FIELD=FROM"}));
  CHECK(std::get<std::string>(remark.parts()[2]) == " or see ");
  CHECK(std::get<Operation>(remark.parts()[3]).arguments ==
        std::vector<std::string>{"NAME", "owner"});
}

TEST_CASE("a remark within another is taken apart again") {
  const Remark inner("the flag ", Setting{"db"});
  const Remark outer(inner, ", and ", inner);
  REQUIRE(outer.parts().size() == 4);
  CHECK(std::get<std::string>(outer.parts()[2]) == ", and the flag ");
}

TEST_CASE("a remark of nothing is empty, and equality goes by what is named, too") {
  CHECK(Remark().empty());
  CHECK(Remark("").empty());
  CHECK(Remark("", "").empty());
  CHECK_FALSE(Remark(Operation{"list"}).empty());
  CHECK((Remark("see ", Operation{"list"}) == Remark("see ", Operation{"list"})));
  CHECK((Remark("see ", Operation{"list"}) != Remark("see ", Operation{"events"})));
  CHECK((Remark("see list") != Remark("see ", Operation{"list"})));
}

}  // namespace thig

#include "cli/app/commands.h"
#include "core/api/command_wording.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

std::string said(const Remark& remark) {
  return command_wording().text(remark);
}

}  // namespace

TEST_CASE("operations and settings are said as they are typed") {
  CHECK(said({"see ", Operation{"deliveries"}}) == "see thig-hooks deliveries");
  CHECK(said({"give both ", Setting{"client-cert"}, " and ", Setting{"client-key"}}) ==
        "give both --client-cert and --client-key");
  CHECK(said({"say it: ", Setting{"set", "name=/data/name"}}) == "say it: --set name=/data/name");
  CHECK(said(Operation{"recover", {"crm"}, {{"since", "2026-05-31T12:00:00Z"}}}) ==
        "thig-hooks recover crm --since 2026-05-31T12:00:00Z");
  CHECK(said(Operation{"doctor", {}, {{"full"}}}) == "thig-hooks doctor --full");
}

TEST_CASE("what can be pasted into a shell stays one word, whatever a webhook is called") {
  CHECK(said(Operation{"enable", {"Our CRM"}}) == "thig-hooks enable 'Our CRM'");
  CHECK(said(Operation{"enable", {"$(reboot)"}}) == "thig-hooks enable '$(reboot)'");
  CHECK(said(Operation{"enable", {"-x"}}) == "thig-hooks enable -- -x");
  CHECK(said(Operation{"edit", {"NAME"}, {{"remove-event", "webhook.*"}}}) ==
        "thig-hooks edit NAME --remove-event 'webhook.*'");
  CHECK(said(Operation{"recover", {"-x"}, {{"since", "2h"}}}) ==
        "thig-hooks recover --since 2h -- -x");
}

TEST_CASE("an error is said of the setting it is about") {
  const Error error =
      command_wording().error_of("since", {ErrorCode::usage, "not a valid time", {}});
  CHECK(error.text == "--since: not a valid time");
}

}  // namespace thig

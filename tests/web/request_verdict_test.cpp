// What is said of a rejected request knows the reasons that are recorded.
#include "core/web/pages/incoming/request_verdict.h"

#include "core/incoming/verdict.h"
#include "tests/incoming/requests.h"
#include "tests/support/store_samples.h"

#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

using namespace thig;

namespace {

std::string said_of(const std::string& reason, const IncomingHook& hook) {
  IncomingRequest request;
  request.peer = "192.0.2.1";
  request.state = RequestState::rejected;
  request.detail = reason;
  return pages::request_verdict(request, hook).text();
}

// Of a request that is received so long after it was signed.
std::string said_of(const ServedHook& hook, HttpRequest request, Millis age) {
  const std::string url = public_url + request.target;
  const Verdict verdict = validate(hook, request, url, "192.0.2.1", noon + age);
  REQUIRE_FALSE(verdict.rejection.empty());
  return said_of(verdict.rejection, hook.hook);
}

bool mentions(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("a rejected signature comes with the command that finds its cause") {
  const ServedHook hook = served("standard");
  const HttpRequest request = signed_post("standard", noon, "{}");
  HttpRequest changed = request;
  changed.body += " ";
  CHECK(mentions(said_of(hook, std::move(changed), Millis{0}),
                 "thig-hooks verify --scheme standard"));
  CHECK(mentions(said_of(hook, request, 5 * minute + second), "thig-hooks doctor"));
  CHECK(mentions(said_of(hook, request, -5 * minute - second), "thig-hooks doctor"));
  CHECK_FALSE(mentions(said_of(hook, post("{}"), Millis{0}), "thig-hooks"));
}

TEST_CASE("a rejected address comes with the command that allows it") {
  const std::string said =
      said_of("the address is not on the webhook's list", served("standard").hook);
  CHECK(mentions(said, "192.0.2.1 is not one of the addresses"));
  CHECK(mentions(said, "thig-hooks edit inbox --allow-from"));
}

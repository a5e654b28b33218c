// What pages that listen are told, and what those that come again have missed.
#include "core/web/live.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

// A page that listens: all that was written to it.
class Page final : public HttpStream {
 public:
  bool write(std::string bytes) override {
    written += bytes;
    return open;
  }
  void end() override { open = false; }
  void on_room(std::function<void()> /*call*/) override {}
  void on_end(std::function<void()> /*call*/) override {}

  // Since it was asked last.
  bool was_told() {
    const bool told = written.contains("event: changed");
    const auto id = written.rfind("id: ");
    if (id != std::string::npos) last_id = written.substr(id + 4, written.find('\n', id) - id - 4);
    written.clear();
    return told;
  }

  std::string written{};
  std::string last_id{};
  bool open = true;
};

constexpr Time started{1'000'000ms};

}  // namespace

TEST_CASE("a page that listens is told of each change, and of nothing else") {
  LivePages pages(started);
  const auto page = std::make_shared<Page>();
  pages.look(7, 0ms);
  pages.add(page, "", 0ms);
  CHECK_FALSE(page->was_told());
  pages.look(7, 1s);
  CHECK_FALSE(page->was_told());
  pages.look(8, 2s);
  CHECK(page->was_told());
}

TEST_CASE("a page that comes again is told at once, if something has changed meanwhile") {
  LivePages pages(started);
  const auto page = std::make_shared<Page>();
  pages.look(7, 0ms);
  pages.add(page, "", 0ms);
  CHECK_FALSE(page->was_told());
  const auto again = std::make_shared<Page>();
  pages.add(again, page->last_id, 1s);
  CHECK_FALSE(again->was_told());
  pages.look(8, 2s);
  const auto late = std::make_shared<Page>();
  pages.add(late, page->last_id, 3s);
  CHECK(late->was_told());
}

TEST_CASE("after a restart a page is told, though the versions of both servers are alike") {
  LivePages before(started);
  const auto page = std::make_shared<Page>();
  before.look(2, 0ms);
  before.add(page, "", 0ms);
  CHECK_FALSE(page->was_told());
  LivePages after(started + 1min);
  after.look(2, 0ms);
  const auto again = std::make_shared<Page>();
  after.add(again, page->last_id, 1s);
  CHECK(again->was_told());
}

TEST_CASE("a page that has gone, or listened for ten minutes, is listened for no more") {
  LivePages pages(started);
  const auto gone = std::make_shared<Page>();
  const auto stays = std::make_shared<Page>();
  pages.add(gone, "", 0ms);
  pages.add(stays, "", 0ms);
  gone->open = false;
  pages.look(1, 1s);
  CHECK(pages.anybody());
  pages.look(1, 10min + 1s);
  CHECK_FALSE(stays->open);
  CHECK_FALSE(pages.anybody());
}

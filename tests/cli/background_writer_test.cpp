#include "cli/log/background_writer.h"

#include "tests/cli/cli_run.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <doctest/doctest.h>

namespace thig {
namespace {

constexpr Millis soon{1};
constexpr Millis long_enough{60'000};

// A reader that reads nothing until it is told to.
class Reader {
 public:
  BackgroundWriter::Write writer() const {
    return [state = state_](std::string_view& bytes) -> Result<BackgroundWriter::Wrote> {
      std::unique_lock lock(state->mutex);
      state->hangs = true;
      state->changed.notify_all();
      state->changed.wait(lock, [&] { return state->reads; });
      state->text += bytes;
      bytes = {};
      return BackgroundWriter::Wrote::some;
    };
  }
  void wait_until_a_write_hangs() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->hangs; });
  }
  void read() {
    const std::scoped_lock lock(state_->mutex);
    state_->reads = true;
    state_->changed.notify_all();
  }
  std::string text() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->text;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool reads = false;
    bool hangs = false;
    std::string text;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

std::unique_ptr<BackgroundWriter> start(BackgroundWriter::Write write, std::size_t most_held) {
  auto started = BackgroundWriter::start(
      std::move(write),
      {.most_held = most_held, .retry = Millis{1}, .gap = [](std::uint64_t lines) {
         return "(" + std::to_string(lines) + " dropped)\n";
       }});
  REQUIRE(started);
  return std::move(*started);
}

}  // namespace

TEST_CASE("a reader that reads nothing costs lines, which are counted where they are missing") {
  Reader reader;
  const auto writer = start(reader.writer(), 20);
  writer->add("first\n");
  reader.wait_until_a_write_hangs();
  CHECK_FALSE(writer->take_trouble().dropping);
  writer->add("second\nthird\nfourth\n");  // 6 bytes are under way, so 14 fit
  writer->add("fifth\n");
  CHECK(writer->take_trouble().dropping);
  CHECK_FALSE(writer->take_trouble().dropping);
  reader.read();
  const auto ended = writer->end(long_enough, long_enough);
  CHECK(reader.text() == "first\nsecond\nthird\n(2 dropped)\n");
  CHECK(ended.dropped == 2);
  CHECK_FALSE(ended.given_up);
}

TEST_CASE("lines go on after those that were dropped") {
  Reader reader;
  const auto writer = start(reader.writer(), 10);
  writer->add("first\n");
  reader.wait_until_a_write_hangs();
  writer->add("second\n");
  reader.read();
  while (reader.text().empty()) std::this_thread::yield();
  std::string text;
  // The writer counts what it has written a moment after it was.
  while ((text = reader.text()).find("third") == text.npos) {
    writer->add("third\n");
    std::this_thread::yield();
  }
  CHECK(text.find("dropped)\nthird\n") != text.npos);
  CHECK_FALSE(writer->end(long_enough, long_enough).given_up);
}

TEST_CASE("who reads nothing is not waited for at the end") {
  Reader reader;
  const auto writer = start(reader.writer(), 1'000);
  writer->add("first\nsecond\n");
  reader.wait_until_a_write_hangs();
  writer->add("third\n");
  const auto ended = writer->end(soon, long_enough);
  CHECK(ended.given_up);
  CHECK(ended.dropped == 3);
  reader.read();
}

TEST_CASE("a full disk is told once, tried again, and loses nothing while there is room") {
  TextOutput out{false};
  out.break_off(ErrorCode::file);
  REQUIRE(out.write_in_background({.most_held = 1'000, .retry = Millis{1}, .gap = {}}));
  out.line("first");
  REQUIRE(out.flush());
  BackgroundWriter::Trouble trouble;
  while (!trouble.error) {
    trouble = out.take_trouble();
    std::this_thread::yield();
  }
  CHECK(trouble.error->text.find("cannot write to standard output") != std::string::npos);
  out.work_again();
  out.line("second");
  REQUIRE(out.flush());
  while (!out.has("second")) std::this_thread::yield();
  CHECK_FALSE(out.take_trouble().error);
  const auto ended = out.end_background(long_enough, long_enough);
  CHECK(ended.dropped == 0);
  CHECK(out.text() == "first\nsecond\n");
}

TEST_CASE("a disk that stays full, and a reader that has gone, end it at once") {
  TextOutput out{false};
  bool reader_gone = false;
  SUBCASE("full") {
    out.break_off(ErrorCode::file);
  }
  SUBCASE("gone") {
    out.lose_reader();
    reader_gone = true;
  }
  REQUIRE(out.write_in_background({.most_held = 1'000, .retry = long_enough, .gap = {}}));
  out.write("first\nsecond\n");
  const auto ended = out.end_background(long_enough, long_enough);
  CHECK(ended.dropped == 2);
  CHECK(ended.reader_gone == reader_gone);
  CHECK(ended.error.has_value() == !reader_gone);
  CHECK(out.gone());
  CHECK(out.flush());
}

}  // namespace thig

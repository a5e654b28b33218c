#include "core/base/json.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::string_literals;

TEST_CASE("a document is written compactly, keys in the order given") {
  JsonWriter json;
  json.begin_object();
  json.key("name").text("crm");
  json.key("total").number(std::int64_t{3});
  json.key("rate").number(0.5);
  json.key("on").boolean(true).key("off").boolean(false);
  json.key("none").null();
  json.key("list").begin_array().number(std::int64_t{1}).text("two").begin_object().end_object();
  json.begin_array().end_array().end_array();
  json.key("data").raw(R"({"a": 1})");
  json.end_object();
  const std::string text = json.take();
  CHECK(text == R"({"name":"crm","total":3,"rate":0.5,"on":true,"off":false,"none":null,)"
                R"("list":[1,"two",{},[]],"data":{"a": 1}})");
  CHECK(check_json(text).has_value());
}

TEST_CASE("a writer that was taken from starts again") {
  JsonWriter json;
  CHECK(json.begin_array().null().end_array().take() == "[null]");
  CHECK(json.take() == "");
  CHECK(json.text("x").take() == "\"x\"");
}

TEST_CASE("a long document is taken part by part") {
  JsonWriter json;
  json.begin_array().number(std::int64_t{1});
  std::string text = json.take_part();
  json.number(std::int64_t{2});
  text += json.take_part();
  text += json.end_array().take();
  CHECK(text == "[1,2]");
}

TEST_CASE("text is escaped where it must be and always valid") {
  const struct {
    std::string text;
    std::string_view written;
  } rows[] = {
      {"plain Zoë 🦊", "\"plain Zoë 🦊\""},
      {"\"\\/", R"("\"\\/")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\x01\x1f\x7f"s, R"("\u0001\u001f\u007f")"},
      {"a\0b"s, R"("a\u0000b")"},
      {"bad \xff\xc3 bytes", "\"bad \uFFFD\uFFFD bytes\""},
  };
  for (const auto& row : rows) {
    JsonWriter json;
    const std::string written = json.text(row.text).take();
    CHECK(written == row.written);
    CHECK(check_json(written).has_value());
  }
  JsonWriter json;
  CHECK(json.begin_object().key("a\"b").null().end_object().take() == R"({"a\"b":null})");
}

TEST_CASE("what is written is read back") {
  std::string all;
  for (int c = 0; c < 128; ++c) all.push_back(static_cast<char>(c));
  JsonWriter json;
  CHECK(json_text(json.text(all).take()) == all);
}

TEST_CASE("numbers") {
  const auto written = [](auto value) { return JsonWriter().number(value).take(); };
  CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(written(0.1) == "0.1");
  CHECK(written(-2.0) == "-2");
  CHECK(check_json(written(1e300)).has_value());
  CHECK(written(std::nan("")) == "null");
  CHECK(written(std::numeric_limits<double>::infinity()) == "null");
}

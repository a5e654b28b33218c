// Pieces of pages: what goes in as text stays text wherever it stands, and what could not be kept
// from being more does not compile.
#include "core/web/pages/html/html.h"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;
using html_template::Place;
using html_template::Reader;
using html_template::Text;

namespace {

// Whether the compiler takes it as a template with so many places.
template <Text T, std::size_t Places = 0>
concept template_with = requires {
  typename std::integral_constant<std::size_t, Reader(T.view()).read().count>;
  requires Reader(T.view())
  .read().count == Places;
};
template <Text T>
concept refused = !requires {
  typename std::integral_constant<std::size_t, Reader(T.view()).read().count>;
};
// Whether these are of the kinds that its places take.
template <Text T, class... Args>
concept takes = html_template::all_fit<Args...>(Reader(T.view()).read());

// What is well formed.
static_assert(template_with<"">);
static_assert(template_with<"text &amp; more">);
static_assert(template_with<"<p>{}</p>", 1>);
static_assert(template_with<R"(<a class="a {}" href="{}" {}>{}</a>)", 4>);
static_assert(template_with<R"(<a href="#top">a</a>)">);
static_assert(template_with<R"(<a href="#{}">a</a>)", 1>);
static_assert(template_with<R"(<input name="a" required><br>)">);
static_assert(template_with<R"(<svg><path d="M0 0"/></svg>)">);
static_assert(template_with<R"(<script src="{}"></script>)", 1>);

// Places where no escape helps.
static_assert(refused<"<{}>">);
static_assert(refused<R"(<p {}="a">x</p>)">);
static_assert(refused<R"(<p a{}="a">x</p>)">);
static_assert(refused<"<p class={}>x</p>">);
static_assert(refused<"<p class='{}'>x</p>">);
static_assert(refused<"<p class=a>x</p>">);
static_assert(refused<"<script>{}</script>">);
static_assert(refused<"<style>{}</style>">);
static_assert(refused<"<!-- {} -->">);
// Script and looks in attributes, whatever stands in them.
static_assert(refused<R"(<p onclick="{}">x</p>)">);
static_assert(refused<R"--(<p onclick="a()">x</p>)--">);
static_assert(refused<R"(<p style="{}">x</p>)">);
static_assert(refused<R"(<iframe srcdoc="{}"></iframe>)">);
static_assert(refused<R"(<img srcset="{}">)">);
static_assert(refused<R"(<a ping="{}">x</a>)">);
// URLs are a Link as a whole.
static_assert(refused<R"(<a href="/a">x</a>)">);
static_assert(refused<R"(<a href="https://{}/">x</a>)">);
static_assert(refused<R"(<a href="{}/more">x</a>)">);
static_assert(refused<R"(<a href="javascript:{}">x</a>)">);
static_assert(refused<R"(<form action="/a"></form>)">);
static_assert(refused<R"(<button formaction="a{}"></button>)">);
// What is not closed, or closed otherwise.
static_assert(refused<"<p>x">);
static_assert(refused<"<p><b>x</p></b>">);
static_assert(refused<"x</p>">);
static_assert(refused<R"(<p class="a)">);
static_assert(refused<R"(<p class="<b>">x</p>)">);
static_assert(refused<"<p">);
static_assert(refused<"a > b">);
static_assert(refused<"{0}">);
static_assert(refused<"}">);
static_assert(refused<"{">);

// Values of other kinds than their places.
static_assert(takes<"<p>{}</p>", std::string>);
static_assert(takes<"<p>{}</p>", Html>);
static_assert(takes<"<p>{}</p>", int>);
static_assert(!takes<"<p>{}</p>", Link>);
static_assert(!takes<"<p>{}</p>", bool>);
static_assert(!takes<"<p>{}</p>", char>);
static_assert(!takes<"<p>{}</p>", Attribute>);
static_assert(takes<R"(<p class="{}">x</p>)", std::string_view>);
static_assert(!takes<R"(<p class="{}">x</p>)", Html>);
static_assert(!takes<R"(<p class="{}">x</p>)", Attribute>);
static_assert(takes<R"(<a href="{}">x</a>)", Link>);
static_assert(!takes<R"(<a href="{}">x</a>)", std::string>);
static_assert(!takes<R"(<a href="{}">x</a>)", const char*>);
static_assert(takes<R"(<a href="#{}">x</a>)", std::string>);
static_assert(!takes<R"(<a href="#{}">x</a>)", Link>);
static_assert(takes<"<p{}>x</p>", Attribute>);
static_assert(!takes<"<p{}>x</p>", std::string>);

struct Hostile {
  std::string text;
  std::string shown;  // in text and between quotes alike
  std::string in_url;
};

const std::vector<Hostile> hostile = {
    {"plain", "plain", "plain"},
    {"", "", ""},
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;",
     "%3Cscript%3Ealert%281%29%3C%2Fscript%3E"},
    {"\" onmouseover=\"a()", "&quot; onmouseover=&quot;a()", "%22%20onmouseover%3D%22a%28%29"},
    {"' x='", "&#39; x=&#39;", "%27%20x%3D%27"},
    {"&lt;b&gt; &amp;", "&amp;lt;b&amp;gt; &amp;amp;", "%26lt%3Bb%26gt%3B%20%26amp%3B"},
    {"</textarea></title></style>", "&lt;/textarea&gt;&lt;/title&gt;&lt;/style&gt;",
     "%3C%2Ftextarea%3E%3C%2Ftitle%3E%3C%2Fstyle%3E"},
    {"{} {0} }}", "{} {0} }}", "%7B%7D%20%7B0%7D%20%7D%7D"},
    {"javascript:alert(1)", "javascript:alert(1)", "javascript%3Aalert%281%29"},
    {"//evil.example/../x?a=b#c", "//evil.example/../x?a=b#c",
     "%2F%2Fevil.example%2F..%2Fx%3Fa%3Db%23c"},
    {std::string("a\0b", 3), "a\\x00b", "a%00b"},
    {"a\x01\x1b[31m\x7f", "a\\x01\\x1b[31m\\x7f", "a%01%1B%5B31m%7F"},
    {"\x02", "\\x02", "%02"},  // what marks a link
    {"one\ntwo\tthree", "one\ntwo\tthree", "one%0Atwo%09three"},
    {"a\r\nb", "a\\x0d\nb", "a%0D%0Ab"},
    {"a\u202eb", "a\\xe2\\x80\\xaeb", "a%E2%80%AEb"},
    {"a\u2028b", "a\\xe2\\x80\\xa8b", "a%E2%80%A8b"},
    {"\xff\xc3(", "\\xff\\xc3(", "%FF%C3%28"},
    {"Zoë 🦊", "Zoë 🦊", "Zo%C3%AB%20%F0%9F%A6%8A"},
};

}  // namespace

TEST_CASE("text stays text, wherever it stands") {
  for (const Hostile& one : hostile) {
    CAPTURE(one.text);
    CHECK(html<"<p>{}</p>">(one.text).text() == "<p>" + one.shown + "</p>");
    CHECK(plain(one.text).text() == one.shown);
    CHECK(html<R"(<p title="{}">x</p>)">(one.text).text() ==
          "<p title=\"" + one.shown + "\">x</p>");
    CHECK(html<R"(<p class="a {} b">x</p>)">(one.text).text() ==
          "<p class=\"a " + one.shown + " b\">x</p>");
    CHECK(html<R"(<a href="#{}">x</a>)">(one.text).text() ==
          "<a href=\"#" + one.shown + "\">x</a>");
    CHECK(html<"<p{}>x</p>">(attribute<"title">(one.text)).text() ==
          "<p title=\"" + one.shown + "\">x</p>");
    CHECK(html<"<textarea>{}</textarea>">(one.text).text() ==
          "<textarea>" + one.shown + "</textarea>");
  }
}

TEST_CASE("a link leads to no other place, whatever its parts are") {
  for (const Hostile& one : hostile) {
    CAPTURE(one.text);
    const Html piece = html<R"(<a href="{}">x</a>)">(
        Link("/a/{}/b", {one.text}).with("q", one.text).with("r", "1"));
    const std::string query = one.text.empty() ? "?r=1" : "?q=" + one.in_url + "&amp;r=1";
    CHECK(Link::finish(piece.text(), "") ==
          "<a href=\"/a/" + one.in_url + "/b" + query + "\">x</a>");
    CHECK(Link::finish(piece.text(), "/hooks") ==
          "<a href=\"/hooks/a/" + one.in_url + "/b" + query + "\">x</a>");
  }
}

TEST_CASE("text cannot pretend to be a link") {
  const Html piece = html<"<p>{}</p>">("\x02/admin");
  CHECK(Link::finish(piece.text(), "/hooks") == "<p>\\x02/admin</p>");
}

TEST_CASE("pieces, numbers and attributes that are not there") {
  Html list;
  for (const int number : {1, -2}) list += html<"<li>{}</li>">(number);
  CHECK(html<"<ul>{}</ul>">(list).text() == "<ul><li>1</li><li>-2</li></ul>");
  CHECK(Html().empty());
  CHECK(html<"<p{}{}{}>x</p>">(attribute<"title">("a", false), flag<"hidden">(true),
                               flag<"inert">(false))
            .text() == "<p hidden>x</p>");
}

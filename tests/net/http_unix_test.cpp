// The HTTP server on a Unix socket.
#include "core/base/file_descriptor.h"
#include "core/net/http_server.h"
#include "core/net/unix_listener.h"
#include "tests/net/raw_client.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <barrier>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace thig;

namespace {

HttpServerOptions at_path(const std::string& path) {
  HttpServerOptions options;
  options.socket_path = path;
  return options;
}

HttpHandler tell_peer() {
  return at_once([](const HttpRequest& request) -> HttpResponse {
    return {200, {}, request.peer + " " + request.body, Millis{0}};
  });
}

// The file that a server leaves behind when it is killed.
void leave_socket(const std::string& path) {
  const FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

Error refusal_at(const std::string& path) {
  const auto opened = open_http_server(at_path(path), tell_peer());
  REQUIRE(!opened.has_value());
  CHECK(opened.error().code == ErrorCode::network);
  CHECK(opened.error().text.find(path) != std::string::npos);
  CHECK(!opened.error().hint.empty());
  return opened.error();
}

}  // namespace

TEST_CASE("a server may be asked by a Unix socket") {
  const TempDir dir;
  const auto path = dir.path("http.sock");
  auto options = at_path(path);
  options.max_per_address = 1;  // they have no address
  RunningServer server(options, tell_peer());
  CHECK(server.port() == 0);
  RawClient one(path);
  RawClient two(path);
  CHECK(one.ask(post("1")).body == "unix 1");
  CHECK(two.ask(post("2")).body == "unix 2");
  CHECK(one.ask(post("3")).body == "unix 3");
  server.stop();
  CHECK(one.closed());
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("a Unix socket is for its owner and group, whatever the umask is") {
  const TempDir dir;
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{0777}}) {
    const auto path = dir.path("http.sock");
    const mode_t before = umask(mask);
    const auto server = open_http_server(at_path(path), tell_peer());
    umask(before);
    REQUIRE(server.has_value());
    CHECK(mode_of(path) == 0660);
  }
  CHECK(!std::filesystem::exists(dir.path("http.sock")));  // although none has run
}

TEST_CASE("a socket that nobody listens on is replaced") {
  const TempDir dir;
  const auto path = dir.path("http.sock");
  leave_socket(path);
  RunningServer server(at_path(path), tell_peer());
  CHECK(RawClient(path).ask(post("x")).body == "unix x");
}

TEST_CASE("of several that come at once for a stale socket, one has it, and nothing else is left") {
  constexpr int servers = 8;
  constexpr int rounds = 200;
  const TempDir dir;
  const auto path = dir.path("http.sock");
  for (int round = 0; round < rounds; ++round) {
    leave_socket(path);
    std::barrier start(servers);
    std::vector<std::optional<UnixListener>> owners(servers);
    std::vector<std::thread> threads;
    for (auto& owner : owners) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        if (auto listener = UnixListener::open(path)) owner.emplace(std::move(*listener));
      });
    }
    for (std::thread& thread : threads) thread.join();
    const auto owns = [](const auto& owner) { return owner.has_value(); };
    REQUIRE(std::ranges::count_if(owners, owns) == 1);
    {
      // Who believes to have it is whom a client gets.
      const RawClient client(path);
      const auto& owner = *std::ranges::find_if(owners, owns);
      const FileDescriptor taken(accept(owner->descriptor(), nullptr, nullptr));
      REQUIRE(bool(taken));
    }
    owners.clear();
    REQUIRE(std::filesystem::is_empty(dir.path()));
  }
}

TEST_CASE("a socket that somebody listens on is left alone") {
  const TempDir dir;
  const auto path = dir.path("http.sock");
  RunningServer server(at_path(path), tell_peer());
  CHECK(refusal_at(path).text.find("in use") != std::string::npos);
  CHECK(RawClient(path).ask(post("x")).body == "unix x");
}

TEST_CASE("other files are never removed for a socket") {
  const TempDir dir;
  std::ofstream(dir.path("text")) << "kept";
  std::filesystem::create_directory(dir.path("folder"));
  leave_socket(dir.path("stale"));
  std::filesystem::create_symlink(dir.path("stale"), dir.path("link"));
  std::filesystem::create_symlink(dir.path("nothing"), dir.path("dangling"));
  for (const char* name : {"text", "folder", "link", "dangling"}) {
    CHECK(refusal_at(dir.path(name)).text.find("not a socket") != std::string::npos);
    CHECK(std::filesystem::exists(std::filesystem::symlink_status(dir.path(name))));
  }
  CHECK(std::filesystem::file_size(dir.path("text")) == 4);
}

TEST_CASE("where no Unix socket can be, that is said") {
  const TempDir dir;
  refusal_at(dir.path("missing/http.sock"));
  refusal_at(dir.path(std::string(200, 'x')));
}

TEST_CASE("a server removes its own socket alone") {
  const TempDir dir;
  const auto path = dir.path("http.sock");
  {
    RunningServer server(at_path(path), tell_peer());
    // Somebody has moved it away and put theirs there.
    std::filesystem::rename(path, dir.path("moved"));
    leave_socket(path);
  }
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("streams work over a Unix socket, too") {
  const TempDir dir;
  const auto path = dir.path("http.sock");
  RunningServer server(
      at_path(path), at_once([](const HttpRequest&) {
        return HttpResponse{.stream = [](const std::shared_ptr<HttpStream>& stream) {
          stream->write("all of it");
          stream->end();
        }};
      }));
  RawClient client(path);
  for (int i = 0; i < 2; ++i) {
    CHECK(client.ask(post("x")).status == 200);
    CHECK(client.read_chunk() == "all of it");
    CHECK(client.read_chunk() == "");
  }
}

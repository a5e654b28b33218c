#include "core/net/http_session.h"

#include "core/net/http_chunks.h"
#include "core/net/http_streaming.h"
#include "core/net/http_syntax.h"
#include "core/net/steady.h"

#include <algorithm>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

namespace thig {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Errors as values in every co_await. (No capturing lambda may stand inside one: g++ 12 destroys
// its captures twice.)

constexpr std::size_t kBuffer = 16u << 10;
constexpr std::size_t kMaxDrained = 1u << 20;
constexpr Millis kGoodbye{2'000};
constexpr Millis kDrain{1'000};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return result;
}

// A response of ours can hold what a request said; a line break in it would begin another header.
bool is_writable(const Header& header) {
  return std::ranges::none_of(header.name + header.value, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t';
  });
}

bool is_bodiless(int status) {
  return status == 204 || status == 304;
}

// `framing` is the header that says where the body ends, if one does.
std::string head_of(const HttpResponse& response, std::string_view framing, bool keep_alive) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                                 std::string_view(http::obsolete_reason(
                                     http::int_to_status(static_cast<unsigned>(response.status)))));
  for (const auto& header : response.headers) {
    if (is_writable(header)) text += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  text += framing;
  text += keep_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
  return text;
}

class Connection final : public Session, public std::enable_shared_from_this<Connection> {
 public:
  Connection(SessionHost& server, std::string peer, std::unique_ptr<Channel> channel)
      : server_(server),
        peer_(std::move(peer)),
        channel_(std::move(channel)),
        answer_timer_(channel_->socket().get_executor()) {
    buffer_.max_size(std::max(kBuffer, server.options().max_header + kReadAtOnce));
    buffer_.reserve(kBuffer);
    server_.add(*this);
  }
  ~Connection() override {
    end_stream();
    release_body();
    server_.remove(*this);
  }

  const std::string& peer() const override { return peer_; }
  void close_if_waiting() override {
    if (waiting_) channel_->socket().close();
    if (stream_ && stream_->is_open()) stream_->cut();
  }
  void end_stream() noexcept override {
    const auto stream = std::exchange(stream_, nullptr);
    if (!stream) return;
    server_.give_back_stream();
    stream->close();
  }

  asio::awaitable<void> run() override {
    expire_after(options().handshake_deadline);
    if (!co_await channel_->handshake()) co_return;
    bool keep = true;
    for (bool first = true; keep; first = false) {
      keep = co_await serve_one(first);
      release_body();
    }
    co_await finish();
  }

 private:
  // A refusal is answered; none means the connection is simply over.
  using Step = std::expected<void, std::optional<HttpRefusal>>;
  static Step refuse(const HttpRefusal& refusal) { return std::unexpected(std::optional(refusal)); }
  static Step over() { return std::unexpected(std::optional<HttpRefusal>()); }

  // Of the head alone: bodies are read here.
  using Parser = http::request_parser<http::empty_body>;

  const HttpServerOptions& options() const { return server_.options(); }
  void expire_after(Millis deadline) { channel_->socket().expires_after(deadline); }
  std::string_view received() const {
    const auto data = buffer_.data();
    return {static_cast<const char*>(data.data()), data.size()};
  }

  // False if the connection is to end.
  asio::awaitable<bool> serve_one(bool first) {
    request_ = {};
    framing_ = {};
    max_body_ = options().max_body;
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(options().max_header));
    parser.body_limit(boost::none);
    Step step = co_await read_head(first);
    if (step) step = parse_head(parser);
    if (step) {
      Admission admission = server_.admit(request_);
      request_.subject = admission.subject;
      accounts_ = std::move(admission.accounts);
      if (admission.refusal) {
        co_await write(*admission.refusal, false);
        co_return false;
      }
      step = limit_body(admission.max_body);
    }
    if (step) step = co_await read_body();
    if (!step) {
      if (step.error()) co_await write(server_.answer_of(*step.error()), false);
      co_return false;
    }
    HttpResponse response = co_await ask_handler();
    if (response.delay > Millis{0}) {
      asio::steady_timer timer(channel_->socket().get_executor(), response.delay);
      co_await timer.async_wait(kAwait);
    }
    co_return co_await answer(response, parser.keep_alive() && !server_.stopping());
  }

  // Whoever answers may do so on another thread; the answer comes back through the io_context.
  asio::awaitable<HttpResponse> ask_handler() {
    channel_->socket().expires_never();
    answer_.reset();
    const auto number = ++last_question_;
    answer_timer_.expires_after(options().answer_deadline);
    auto executor = answer_timer_.get_executor();
    server_.handle(request_, [self = weak_from_this(), executor, number](HttpResponse response) {
      asio::dispatch(executor, [self, number, response = std::move(response)]() mutable {
        if (const auto session = self.lock()) session->take_answer(number, std::move(response));
      });
    });
    while (!answer_) {
      const auto [error] = co_await answer_timer_.async_wait(kAwait);
      if (!error) break;
    }
    ++last_question_;  // what comes now is too late
    co_return answer_ ? std::move(*answer_) : server_.answer_of(refusal::overloaded);
  }

  void take_answer(std::uint64_t number, HttpResponse response) {
    if (number != last_question_ || answer_) return;
    answer_ = std::move(response);
    answer_timer_.cancel();
  }

  // What was admitted may be less than what the server takes at most.
  Step limit_body(std::size_t most) {
    max_body_ = std::min(most, options().max_body);
    if (!framing_.chunked && framing_.length > max_body_) return refuse(refusal::body_too_large);
    return {};
  }

  // Until the buffer begins with a whole head.
  asio::awaitable<Step> read_head(bool first) {
    bool begun = first;
    expire_after(first ? options().header_deadline : options().idle_deadline);
    for (std::size_t scanned = 0;;) {
      const auto bytes = received();
      waiting_ = bytes.empty();
      if (!begun && !waiting_) {
        begun = true;
        expire_after(options().header_deadline);
      }
      const auto end = scan_head(bytes, scanned);
      if (!end) co_return refuse(end.error());
      scanned = bytes.size();
      if (std::max(*end, *end == 0 ? scanned : 0) > options().max_header) {
        const bool in_first_line = !bytes.contains('\n');
        co_return refuse(in_first_line ? refusal::uri_too_long : refusal::headers_too_large);
      }
      if (*end > 0) {
        began_ = Steady::now();
        co_return Step();
      }
      if (waiting_ && server_.stopping()) co_return over();
      if (!co_await receive(*channel_, buffer_)) co_return over();
    }
  }

  Step parse_head(Parser& parser) {
    error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error == http::error::header_limit) return refuse(refusal::headers_too_large);
    if (error || !parser.is_header_done()) return refuse(refusal::malformed);
    const auto& head = parser.get();
    request_.method = std::string_view(head.method_string());
    request_.target = std::string_view(head.target());
    for (const auto& field : head) {
      request_.headers.push_back({lower(std::string_view(field.name_string())),
                                  std::string(std::string_view(field.value()))});
    }
    request_.peer = peer_;
    minor_ = head.version() % 10 == 0 ? 0 : 1;
    const auto framing = check_head(request_, minor_);
    if (!framing) return refuse(framing.error());
    framing_ = *framing;
    return {};
  }

  // A body has to come at a least rate: each deadline is reckoned from what has come by then.
  asio::awaitable<Step> read_body() {
    const auto begun = Steady::now();
    if (framing_.expects_continue && buffer_.size() == 0 &&
        !co_await channel_->write("HTTP/1.1 100 Continue\r\n\r\n")) {
      co_return over();
    }
    ChunkedBody chunks(max_body_, options().max_header);
    for (;;) {
      const auto complete = take_body(chunks);
      if (!complete) co_return refuse(complete.error());
      if (!charge_body()) co_return refuse(refusal::overloaded);
      if (*complete) co_return Step();
      const auto steps = static_cast<long>(request_.body.size() / (256u << 10));
      channel_->socket().expires_at(begun + options().body_deadline +
                                    options().body_deadline_per_256k * steps);
      if (!co_await receive(*channel_, buffer_)) co_return over();
    }
  }

  // Moves what has come into the body; true when that is complete.
  std::expected<bool, HttpRefusal> take_body(ChunkedBody& chunks) {
    const auto bytes = received();
    if (framing_.chunked) {
      const auto taken = chunks.take(bytes, request_.body);
      if (!taken) return std::unexpected(taken.error());
      buffer_.consume(*taken);
      return chunks.complete();
    }
    const auto length = static_cast<std::size_t>(framing_.length);  // at most max_body_
    const auto count = std::min(bytes.size(), length - request_.body.size());
    // Grows with what comes, not with what was announced, and to no more than that.
    const auto needed = request_.body.size() + count;
    if (needed > request_.body.capacity()) {
      request_.body.reserve(std::min(length, std::max(2 * needed, kReadAtOnce)));
    }
    request_.body.append(bytes.substr(0, count));
    buffer_.consume(count);
    return request_.body.size() == length;
  }

  // False if there is no space for what has come.
  bool charge_body() {
    const std::size_t counted =
        request_.body.size() - std::min(request_.body.size(), options().uncounted);
    if (counted == charged_) return true;
    if (!server_.charge_body(counted - charged_, accounts_)) return false;
    charged_ = counted;
    return true;
  }

  bool has_body(const HttpResponse& response) const {
    return !is_bodiless(response.status) && request_.method != "HEAD";
  }

  // Of an answer to this request, to HEAD as it would be to GET.
  std::string framing_of(const HttpResponse& response) const {
    if (is_bodiless(response.status)) return {};
    if (!response.stream) return fmt::format("content-length: {}\r\n", response.body.size());
    return minor_ == 0 ? "" : "transfer-encoding: chunked\r\n";
  }

  // Of a stream, the head alone. False if the connection is over.
  asio::awaitable<bool> write(const HttpResponse& response, bool keep_alive) {
    std::string text = head_of(response, framing_of(response), keep_alive);
    if (has_body(response) && !response.stream) text += response.body;
    expire_after(options().write_deadline);
    server_.answered(request_, response.status,
                     began_ ? std::chrono::floor<Millis>(Steady::now() - *began_) : Millis{0});
    began_.reset();
    co_return co_await channel_->write(text);
  }

  // False if the connection is to end.
  asio::awaitable<bool> answer(HttpResponse& response, bool keep_alive) {
    if (response.stream && has_body(response)) {
      const bool chunked = minor_ > 0;
      auto stream = Streaming::open(*channel_, buffer_, options(), {chunked, response.keep_alive});
      if (server_.take_stream()) {
        stream_ = std::move(stream);
        co_return co_await send_stream(response, keep_alive && chunked);
      }
      response = server_.answer_of(refusal::too_many_streams);
    }
    co_return co_await write(response, keep_alive) && keep_alive;
  }

  // Whatever ends the coroutine, memory that ran out too, whoever makes the stream is told.
  struct StreamEnd {
    Connection& connection;
    ~StreamEnd() { connection.end_stream(); }
  };

  asio::awaitable<bool> send_stream(HttpResponse& response, bool keep_alive) {
    const StreamEnd at_end{*this};
    const auto stream = stream_;
    if (!co_await write(response, keep_alive)) co_return false;
    // The request has been dealt with, and a stream may last for hours.
    std::string().swap(request_.body);
    release_body();
    stream->begin(std::move(response.stream), shared_from_this());
    co_return co_await stream->run() && keep_alive;
  }

  // Reads what is still coming before it closes: closing with unread bytes would reset the
  // connection, and the client might never see the answer.
  asio::awaitable<void> finish() {
    waiting_ = true;
    expire_after(kGoodbye);
    co_await channel_->say_goodbye();
    auto& stream = channel_->socket();
    error_code ignored;
    stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    expire_after(kDrain);
    buffer_.clear();
    for (std::size_t drained = 0; drained < kMaxDrained;) {
      const auto [error, count] =
          co_await stream.async_read_some(buffer_.prepare(kReadAtOnce), kAwait);
      if (error) break;
      drained += count;
    }
  }

  void release_body() {
    if (charged_ > 0) server_.release_body(std::exchange(charged_, 0), accounts_);
  }

  SessionHost& server_;
  std::string peer_;
  std::unique_ptr<Channel> channel_;
  bool waiting_ = true;  // for the first byte of a request
  beast::flat_buffer buffer_;
  HttpRequest request_;
  int minor_ = 1;  // of the request's version
  BodyFraming framing_;
  std::size_t max_body_ = 0;
  std::vector<std::string> accounts_;        // of the body, besides all
  std::size_t charged_ = 0;                  // bytes of the body, to these
  std::optional<Steady::time_point> began_;  // when the request's head was there
  asio::steady_timer answer_timer_;
  std::optional<HttpResponse> answer_;
  std::shared_ptr<Streaming> stream_;  // the answer that is being sent, if it is one
  std::uint64_t last_question_ = 0;
};

}  // namespace

std::shared_ptr<Session> make_session(SessionHost& host, std::string peer, HttpSocket socket,
                                      asio::ssl::context* tls) {
  return std::make_shared<Connection>(host, std::move(peer), make_channel(std::move(socket), tls));
}

}  // namespace thig

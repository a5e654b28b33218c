// An answer whose body comes bit by bit: events as they happen, rows as they are read.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace thig {

// Held by whoever makes the body, for as long as it likes: a stream may outlive its connection and
// its server. `write` and `end` may be called from any thread.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  // Queues it. False: the stream has ended, and nothing more will be sent. It ends when the client
  // has gone or takes nothing for HttpServerOptions::write_deadline, when the server stops, and
  // when this would make more than max_stream_waiting bytes wait; one write is always taken where
  // nothing else waits, so who writes in on_room is never cut off for that.
  virtual bool write(std::string bytes) = 0;
  // Nothing more is written; what was queued is still sent. May be called again.
  virtual void end() = 0;

  // Both are set in the stream function, before it returns, and called on the server's thread,
  // where they must not block. They are destroyed when the stream has ended, so they may hold it.
  // Called each time all that was queued has been sent: for those who make more only then.
  virtual void on_room(std::function<void()> call) = 0;
  // Called once, however the stream has ended; its place (max_streams) is free by then.
  virtual void on_end(std::function<void()> call) = 0;
};

// Begins to make a body. Called on the server's thread; must not block. Throwing cuts the stream.
using HttpStreamFunction = std::function<void(std::shared_ptr<HttpStream>)>;

}  // namespace thig

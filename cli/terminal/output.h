// A stream that commands write to. What is written is held until flush, so that a command that
// fails half-way has said nothing yet; commands that stream flush as they go.
#pragma once

#include "cli/log/background_writer.h"
#include "cli/terminal/json_lines.h"
#include "cli/terminal/log_line.h"
#include "core/base/error.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

class Output {
 public:
  // `columns` is the width of the terminal; 0 if unknown.
  explicit Output(bool terminal, int columns = 0, LogReader reader = LogReader::file)
      : terminal_(terminal), columns_(columns), reader_(reader) {}
  virtual ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // What is written is JSON from now on: characters that a terminal obeys, or that reorder what it
  // shows, are escaped, wherever they come from. The document stays the same.
  // Or no longer.
  void write_json(bool json = true) { json_ = json; }
  bool writes_json() const { return json_; }
  // The same, and of lists each element on a line of its own.
  void write_json_lines() {
    json_ = true;
    lines_.emplace();
  }
  void write(std::string_view text);
  void line(std::string_view text);
  std::size_t held() const { return held_.size(); }
  void discard() { held_.clear(); }

  // `file` if the bytes cannot be written. A reader that has gone away is no error: from then on
  // `gone` is true and whatever is written is dropped.
  Status flush();
  bool gone() const { return gone_; }
  // From now on what is written is sent piece by piece: for a command with much to say that can no
  // longer fail. What goes wrong is told by the next flush.
  void stream() { streams_ = true; }

  // From now on a flush hands what is held to a thread, and neither blocks nor fails: for a log,
  // which must not hold up the work it tells of. Nothing if it is so already.
  Status write_in_background(BackgroundWriter::Options options);
  BackgroundWriter::Trouble take_trouble();
  // Waits, a tenth of a second at most, until what was flushed is there: before something is
  // written elsewhere that is to come after it.
  void wait_for_background() const;
  // Ends that. What hangs is left alone: from then on whatever is written is dropped.
  BackgroundWriter::Ended end_background(Millis stalled, Millis longest);

  bool terminal() const { return terminal_; }
  int columns() const { return columns_; }
  LogReader reader() const { return reader_; }

 protected:
  enum class Sent { all, reader_gone };
  virtual Result<Sent> send(std::string_view bytes) = 0;
  // What sends for a thread of its own.
  virtual BackgroundWriter::Write writer() const = 0;

 private:
  void send_if_much();
  void hold(std::string_view text);

  std::string held_;
  bool json_ = false;
  std::optional<JsonLines> lines_;
  bool streams_ = false;
  std::optional<Error> failed_;  // while streaming
  bool terminal_;
  int columns_;
  LogReader reader_;
  bool gone_ = false;
  std::unique_ptr<BackgroundWriter> background_;
};

// A file descriptor of the process, which keeps it.
class FdOutput final : public Output {
 public:
  // `name` is for messages: "standard output". `journal_stream`: the variable JOURNAL_STREAM.
  FdOutput(int fd, std::string name, std::string_view journal_stream = {});

  // The end of writing: some filesystems tell only now that it failed.
  Status close();

 private:
  Result<Sent> send(std::string_view bytes) override;
  BackgroundWriter::Write writer() const override;
  int fd_;
  std::string name_;
};

}  // namespace thig

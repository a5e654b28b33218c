// Reading JSON documents that people write: every member is asked for by name, what is left over is
// a slip of the pen, and every fault has its place and line.
#pragma once

#include "core/base/error.h"
#include "core/base/json.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// The line of `document`, from 1, that the slice begins on.
int json_line(std::string_view document, std::string_view slice);

// One object. Errors stick: the first fault is what finish() answers, and reading goes on without
// effect. A member that is missing or null leaves its target as it is.
class ObjectReader {
 public:
  // `object` is a slice of `document`, which check_json has accepted; both must outlive the reader.
  // `place` is what messages begin with: "outgoing[3]"; empty for the whole document.
  ObjectReader(std::string_view document, std::string_view object, std::string place);

  void set_place(std::string place) { place_ = std::move(place); }
  const std::string& place() const { return place_; }
  // Whether the member is there and not null.
  bool has(std::string_view name);
  // Whether the member is there and null, where that means something else than leaving it out.
  bool is_null(std::string_view name);

  // Of what kind the member is; nothing if it is not there, or null.
  std::optional<JsonKind> kind(std::string_view name);

  void read(std::string_view name, std::string& into);
  void read(std::string_view name, std::optional<std::string>& into);
  void read(std::string_view name, std::vector<std::string>& into);
  void read(std::string_view name, bool& into);
  void read(std::string_view name, std::optional<bool>& into);
  void read(std::string_view name, std::int64_t least, std::int64_t most, int& into);
  void read(std::string_view name, double& into);
  // A text that `parse` makes something of; its error becomes the member's.
  void parse(std::string_view name, const std::function<Status(const std::string&)>& parse);
  // The member as it is written, for what is no plain value.
  std::optional<std::string_view> raw(std::string_view name, JsonKind kind);

  // The member that something is wrong with; for what only the caller can tell. Its name becomes
  // the error's field; what the error has there already is a place within it: "kind", "[0].name".
  void blame(std::string_view name, Error error);
  // The first fault of all; else `invalid` for a member that nobody asked for, with the nearest
  // name that somebody did, or all of them, and for one that is there twice.
  Status finish();

 private:
  std::optional<std::string_view> find(std::string_view name, JsonKind kind);
  Error at(std::string_view name, std::string_view slice, Error error) const;

  std::string_view document_;
  std::string_view object_;
  std::string place_;
  std::vector<JsonMember> members_;
  std::vector<std::string> known_;
  std::optional<Error> fault_;
};

}  // namespace thig

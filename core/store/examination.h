// What can be found out about a database that is not trusted: it may be damaged, another program's,
// of a newer version, or not there at all.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thig {

struct PathFacts {
  std::string path;
  bool exists = false;
  bool ours = false;  // belongs to the user who asks
  unsigned mode = 0;  // its permissions, with the sticky bit
  std::uint64_t size = 0;
  unsigned group = 0;
  std::string group_name{};  // "gid 42" where it has none
};

struct DatabaseExamination {
  PathFacts file;
  PathFacts wal;
  PathFacts shm;
  PathFacts folder;
  std::string unwritable;         // why its owner cannot write it: "Read-only file system"
  std::vector<PathFacts> copies;  // that upgrades have left
  std::optional<std::uint64_t> free_space;
  std::uint64_t free_space_floor = 0;  // under which nothing is recorded

  std::optional<Error> failure;  // why nothing below is known
  int schema = 0;
  int newest_schema = 0;  // of this program

  enum class Extent { nothing, structure, everything };
  Extent checked = Extent::nothing;
  std::vector<std::string> problems;  // that the check has found, the first of them

  // Of those who looked at everything: where counters differ from the rows they count.
  std::vector<std::string> miscounts;

  bool key_used = false;  // there are secrets
  std::optional<Error> key_failure;

  Time created_at{};
  std::optional<Time> newest_event;
  Time dispatcher_time{};  // at the last settlement, and
  Time dispatcher_wall{};  // what the wall clock said then
};

}  // namespace thig

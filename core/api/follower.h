// What is new in a list that is read again and again, newest first.
#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace thig {

// `Mark` says how a row is: a row comes again when it differs from the last time.
template <class Id, class Mark>
class Follower {
 public:
  // Of the newest rows those that are new, or have another mark, the oldest first. What is no
  // longer among the newest is forgotten: it must not come back.
  template <class Row, class IdOf, class MarkOf>
  std::vector<Row> fresh(std::vector<Row> newest, const IdOf& id_of, const MarkOf& mark_of) {
    std::map<Id, Mark> seen;
    std::vector<Row> fresh;
    for (Row& row : newest) {
      const Id id = id_of(row);
      const Mark mark = mark_of(row);
      const auto before = known_.find(id);
      const bool same = before != known_.end() && before->second == mark;
      seen.emplace(id, mark);
      if (!same) fresh.push_back(std::move(row));
    }
    known_ = std::move(seen);
    std::ranges::reverse(fresh);
    return fresh;
  }

 private:
  std::map<Id, Mark> known_;
};

}  // namespace thig

// Deadlines of many things, soonest first.
#pragma once

#include "core/net/steady.h"

#include <map>
#include <optional>

namespace thig {

// Most deadlines are set in the order they fall due, so setting one is an insertion at the end.
template <class T>
class DeadlineQueue {
 public:
  using Entries = std::multimap<Steady::time_point, T*>;
  // Kept by the thing itself.
  using Place = std::optional<typename Entries::iterator>;

  void set(T& thing, Place& place, Steady::time_point when) {
    if (!place) {
      place = entries_.emplace_hint(entries_.end(), when, &thing);
      return;
    }
    auto node = entries_.extract(*place);
    node.key() = when;
    place = entries_.insert(std::move(node));
  }
  void clear(Place& place) {
    if (place) entries_.erase(*place);
    place.reset();
  }

  bool empty() const { return entries_.empty(); }
  std::optional<Steady::time_point> first() const {
    return entries_.empty() ? std::nullopt : std::optional(entries_.begin()->first);
  }
  T* soonest() const { return entries_.empty() ? nullptr : entries_.begin()->second; }

 private:
  Entries entries_;
};

}  // namespace thig

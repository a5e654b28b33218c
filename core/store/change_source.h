// How a process that sleeps hears that others have changed its database.
#pragma once

namespace thig {

class ChangeSource {
 public:
  virtual ~ChangeSource() = default;
  // Can be read when there is something to hear (base/waker.h).
  virtual int descriptor() const = 0;
  // Whether another process has announced a change since this was last asked, however many: they
  // count once. Never blocks. Announcements may get lost: whoever needs to know looks by itself
  // now and then.
  virtual bool changed() = 0;
};

}  // namespace thig

// What bringing an older database up to date has done, to be told to who gave the command.
#pragma once

#include "core/base/remark.h"

#include <functional>
#include <string>
#include <vector>

namespace thig {

struct Upgrade {
  int from = 0;  // schema
  int to = 0;
  std::string copy;           // the database as it was before, checked; kept until removed
  std::vector<Remark> notes;  // what whoever upgrades has to know or to do
};

using OnUpgrade = std::function<void(const Upgrade&)>;

}  // namespace thig

#include "core/model/change_result.h"

#include "core/base/enum_names.h"

namespace thig {
namespace {

constexpr EnumName<ChangeResult> results[] = {
    {ChangeResult::created, "created"},
    {ChangeResult::changed, "changed"},
    {ChangeResult::unchanged, "unchanged"},
    {ChangeResult::removed, "removed"},
};

}  // namespace

std::string_view to_text(ChangeResult result) {
  return enum_name(results, result);
}

}  // namespace thig

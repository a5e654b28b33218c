#include "core/api/checkup_view.h"

#include "core/documents/json_members.h"

#include <algorithm>

namespace thig {

std::string findings_document(std::span<const Finding> findings, const Wording& wording) {
  return list_document(findings, [&](JsonWriter& json, const Finding& finding) {
    json.key("check").text(finding.check);
    json.key("state").text(to_text(finding.state)).key("text").text(finding.text);
    write_text_or_null(json, "hint", wording.text(finding.hint));
  });
}

bool has_fault(std::span<const Finding> findings) {
  return std::ranges::find(findings, CheckState::fault, &Finding::state) != findings.end();
}

}  // namespace thig

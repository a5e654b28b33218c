#include "core/api/care_view.h"

#include "core/documents/json_members.h"

namespace thig {

std::string prune_document(const PruneCounts& counts, const DatabaseSize& before,
                           const std::optional<DatabaseSize>& after) {
  return object_document([&](JsonWriter& json) {
    json.key("dryRun").boolean(!after.has_value());
    json.key("events").number(counts.events).key("deliveries").number(counts.deliveries);
    json.key("attempts").number(counts.attempts).key("requests").number(counts.requests);
    json.key("usedBytesBefore").number(static_cast<std::int64_t>(before.used));
    json.key("usedBytes");
    after ? json.number(static_cast<std::int64_t>(after->used)) : json.null();
  });
}

std::string backup_document(const BackupReport& report, const std::string& file,
                            const std::string& key_file) {
  return object_document([&](JsonWriter& json) {
    json.key("file").text(file).key("bytes").number(static_cast<std::int64_t>(report.bytes));
    json.key("webhooks").number(report.webhooks).key("events").number(report.events);
    json.key("deliveries").number(report.deliveries).key("pending").number(report.pending);
    json.key("requests").number(report.requests).key("keyFile").text(key_file);
  });
}

std::string erase_document(const Eraser& eraser, std::optional<bool> journal_cleared) {
  const ErasedCounts& counts = eraser.counts();
  return object_document([&](JsonWriter& json) {
    json.key("dryRun").boolean(!journal_cleared.has_value());
    json.key("searched").number(eraser.searched());
    json.key("events").number(counts.events).key("requests").number(counts.requests);
    if (journal_cleared) {
      json.key("deliveries").number(counts.deliveries).key("pending").number(counts.pending);
      json.key("journalCleared").boolean(*journal_cleared);
    }
    write_texts(json, "sample", eraser.sample());
  });
}

}  // namespace thig

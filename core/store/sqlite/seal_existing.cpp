#include "core/store/sqlite/seal_existing.h"

#include "core/base/json.h"
#include "core/store/sealed_settings.h"
#include "core/store/sqlite/text_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig::sqlite {

namespace {

constexpr const char* kSecureDelete = "PRAGMA secure_delete = ON";
constexpr const char* kSelectClearHeaders =
    "SELECT id, name, headers FROM endpoint WHERE headers <> '[]' ORDER BY name";
constexpr const char* kSealHeaders =
    "UPDATE endpoint SET headers = ?2, sealed_headers = ?3 WHERE id = ?1";
constexpr const char* kSelectClearTokens =
    "SELECT id, name, verify_token FROM incoming_hook WHERE verify_token <> '' ORDER BY name";
constexpr const char* kSealToken =
    "UPDATE incoming_hook SET verify_token = '', sealed_verify_token = ?2 WHERE id = ?1";
constexpr const char* kSelectClearRequests =
    "SELECT id, headers, query FROM incoming_request WHERE id > ?1 ORDER BY id LIMIT 500";
constexpr const char* kSealRequest =
    "UPDATE incoming_request SET headers = ?2, query = ?3, sealed = ?4 WHERE id = ?1";
constexpr const char* kSelectAllEvents =
    "SELECT name FROM endpoint WHERE '*' IN (SELECT value FROM json_each(events)) ORDER BY name";

struct ClearHeaders {
  EndpointId id;
  std::string name;
  std::vector<Header> headers;
};

Result<std::vector<ClearHeaders>> read_clear_headers(Connection& connection) {
  std::vector<ClearHeaders> all;
  Query row = connection.query(kSelectClearHeaders);
  while (row.next()) {
    ClearHeaders one{.id = row.endpoint_id(0), .name = row.text(1), .headers = {}};
    const std::string json = row.text(2);
    for (const std::string_view pair : json_elements(json)) {
      const auto parts = json_elements(pair);
      auto name = parts.size() == 2 ? json_text(parts[0]) : std::nullopt;
      auto value = parts.size() == 2 ? json_text(parts[1]) : std::nullopt;
      if (name && value) {
        one.headers.push_back({std::move(*name), std::move(*value)});
      } else {
        row.reject(2);
      }
    }
    all.push_back(std::move(one));
  }
  THIG_TRY(row.finish());
  return all;
}

Status seal_clear_headers(Connection& connection, Sealing& sealing,
                          std::vector<std::string>& sealed_ones) {
  THIG_TRY_ASSIGN(all, read_clear_headers(connection));
  for (const ClearHeaders& one : all) {
    THIG_TRY_ASSIGN(sealed, seal_headers(sealing, one.id, one.headers));
    std::vector<std::string> names;
    for (const Header& header : one.headers) names.push_back(header.name);
    THIG_TRY(connection.query(kSealHeaders).run(one.id, write_texts(names), Blob{sealed}));
    sealed_ones.push_back(fmt::format("{} of {}", fmt::join(names, ", "), one.name));
  }
  return {};
}

Status seal_clear_tokens(Connection& connection, Sealing& sealing,
                         std::vector<std::string>& sealed_ones) {
  struct ClearToken {
    IncomingHookId id;
    std::string name;
    std::string token;
  };
  const auto read = [](Query& row) {
    return ClearToken{.id = row.hook_id(0), .name = row.text(1), .token = row.text(2)};
  };
  THIG_TRY_ASSIGN(all, connection.query(kSelectClearTokens).all(read));
  for (const ClearToken& one : all) {
    THIG_TRY_ASSIGN(sealed, seal_verify_token(sealing, one.id, one.token));
    THIG_TRY(connection.query(kSealToken).run(one.id, Blob{sealed}));
    sealed_ones.push_back(fmt::format("the verify token of {}", one.name));
  }
  return {};
}

// By pieces, since there may be many.
Result<std::int64_t> seal_clear_requests(Connection& connection, Sealing& sealing,
                                         const MaskRequest& mask) {
  std::int64_t count = 0;
  if (!mask) return count;
  for (RequestId after{-1};;) {
    std::vector<IncomingRequest> piece;
    Query row = connection.query(kSelectClearRequests);
    row.with(after);
    while (row.next()) {
      IncomingRequest& request = piece.emplace_back();
      request.id = {row.integer(0, 0)};
      request.headers = row.text(1);
      request.query = row.text(2);
    }
    THIG_TRY(row.finish());
    if (piece.empty()) return count;
    after = piece.back().id;
    for (const IncomingRequest& one : piece) {
      const auto masked = mask(one.headers, one.query);
      if (!masked) continue;
      THIG_TRY_ASSIGN(sealed, seal_request(sealing, one.id, one.headers, one.query));
      THIG_TRY(
          connection.query(kSealRequest).run(one.id, masked->headers, masked->query, Blob{sealed}));
      ++count;
    }
  }
}

Status note_all_events(Connection& connection, std::vector<Remark>& notes) {
  THIG_TRY_ASSIGN(names,
                  connection.query(kSelectAllEvents).all([](Query& row) { return row.text(0); }));
  if (names.empty()) return {};
  notes.emplace_back(
      fmt::format(
          "* no longer includes webhook.* and incoming.* events; {}, which subscribed to *, "
          "now subscribes to *, webhook.* and incoming.*, and keeps getting them: to "
          "change that, ",
          fmt::join(names, ", ")),
      Operation{"edit", {"NAME"}, {{"remove-event", "webhook.*"}}});
  return {};
}

}  // namespace

Status seal_existing(Connection& connection, Sealing& sealing, const MaskRequest& mask,
                     std::vector<Remark>& notes) {
  // What is replaced is overwritten, where it is and in pages that become free.
  THIG_TRY(connection.execute(kSecureDelete));
  THIG_TRY(note_all_events(connection, notes));
  std::vector<std::string> sealed_ones;
  THIG_TRY(seal_clear_headers(connection, sealing, sealed_ones));
  THIG_TRY(seal_clear_tokens(connection, sealing, sealed_ones));
  THIG_TRY_ASSIGN(requests, seal_clear_requests(connection, sealing, mask));
  if (requests > 0) {
    sealed_ones.push_back(fmt::format("header and query values of {} received requests", requests));
  }
  if (sealed_ones.empty()) return {};
  notes.push_back(fmt::format(
      "encrypted, and no longer in clear text in this database: {}. Earlier backups and "
      "the copy made by this upgrade still contain them in clear text: renew them if anyone else "
      "can read those",
      fmt::join(sealed_ones, "; ")));
  return {};
}

}  // namespace thig::sqlite

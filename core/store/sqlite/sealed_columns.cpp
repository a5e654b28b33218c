#include "core/store/sqlite/sealed_columns.h"

namespace thig::sqlite {

namespace {

constexpr const char* kSelectHeaders = "SELECT sealed_headers FROM endpoint WHERE id = ?1";
constexpr const char* kSelectVerifyToken =
    "SELECT sealed_verify_token FROM incoming_hook WHERE id = ?1";

template <class Id>
Result<std::string> read_blob(Connection& connection, const char* sql, Id id) {
  Query row = connection.query(sql);
  std::string blob = row.with(id).next() ? row.blob(0) : std::string();
  THIG_TRY(row.finish());
  return blob;
}

}  // namespace

Result<std::vector<Header>> read_sealed_headers(Connection& connection, Sealing& sealing,
                                                EndpointId id) {
  THIG_TRY_ASSIGN(sealed, read_blob(connection, kSelectHeaders, id));
  return unseal_headers(sealing, id, sealed);
}

Result<std::string> read_sealed_verify_token(Connection& connection, IncomingHookId id) {
  return read_blob(connection, kSelectVerifyToken, id);
}

Result<std::string> read_verify_token(Connection& connection, Sealing& sealing, IncomingHookId id) {
  THIG_TRY_ASSIGN(sealed, read_sealed_verify_token(connection, id));
  return unseal_verify_token(sealing, id, sealed);
}

}  // namespace thig::sqlite

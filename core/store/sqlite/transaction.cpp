#include "core/store/sqlite/transaction.h"

#include <utility>

namespace thig::sqlite {

namespace {
constexpr const char* kBeginWrite = "BEGIN IMMEDIATE";
constexpr const char* kBeginRead = "BEGIN";
constexpr const char* kCommit = "COMMIT";
}  // namespace

Result<Transaction> Transaction::write(Connection& connection, Durability durability) {
  THIG_TRY(connection.set_durability(durability));
  THIG_TRY(connection.query(kBeginWrite).run());
  return Transaction(connection);
}

Result<Transaction> Transaction::read(Connection& connection) {
  THIG_TRY(connection.query(kBeginRead).run());
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->roll_back();
}

Status Transaction::commit() {
  THIG_TRY(connection_->query(kCommit).run());
  std::exchange(connection_, nullptr)->committed();
  return {};
}

}  // namespace thig::sqlite

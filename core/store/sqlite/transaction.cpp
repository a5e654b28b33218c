#include "core/store/sqlite/transaction.h"

#include <utility>

namespace thig::sqlite {

namespace {
constexpr const char* kBeginWrite = "BEGIN IMMEDIATE";
constexpr const char* kBeginRead = "BEGIN";
constexpr const char* kCommit = "COMMIT";
constexpr const char* kBeginPart = "SAVEPOINT part";
constexpr const char* kCommitPart = "RELEASE part";
}  // namespace

Result<Transaction> Transaction::write(Connection& connection, Durability durability) {
  // Within another one it is the outer one that says what its commit survives.
  if (!connection.in_transaction()) THIG_TRY(connection.set_durability(durability));
  return begin(connection, kBeginWrite);
}

Result<Transaction> Transaction::read(Connection& connection) {
  return begin(connection, kBeginRead);
}

Result<Transaction> Transaction::begin(Connection& connection, const char* sql) {
  const bool part = connection.in_transaction();
  THIG_TRY(connection.query(part ? kBeginPart : sql).run());
  return Transaction(connection, part ? Extent::part : Extent::whole);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)), extent_(other.extent_) {}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  if (extent_ == Extent::whole) {
    connection_->roll_back();
  } else if (connection_->in_transaction()) {  // a full disk has rolled the outer one back already
    static_cast<void>(connection_->execute("ROLLBACK TO part; RELEASE part"));
  }
}

Status Transaction::commit() {
  if (extent_ == Extent::whole) THIG_TRY(connection_->prepare_commit());
  THIG_TRY(connection_->query(extent_ == Extent::part ? kCommitPart : kCommit).run());
  Connection* done = std::exchange(connection_, nullptr);
  return extent_ == Extent::whole ? done->committed() : Status();
}

}  // namespace thig::sqlite

#include "core/store/sqlite/transaction.h"

#include <algorithm>
#include <utility>

namespace thig::sqlite {

namespace {
constexpr const char* kBeginRead = "BEGIN";
constexpr const char* kCommit = "COMMIT";
constexpr const char* kBeginPart = "SAVEPOINT part";
constexpr const char* kCommitPart = "RELEASE part";
}  // namespace

Result<Transaction> Transaction::write(Connection& connection, Durability durability) {
  // Within another one it is the outer one that says what its commit survives.
  if (connection.in_transaction()) return begin_part(connection);
  THIG_TRY(connection.set_durability(durability));
  THIG_TRY(connection.begin_write());
  return Transaction(connection, Extent::whole);
}

Result<Transaction> Transaction::read(Connection& connection) {
  if (connection.in_transaction()) return begin_part(connection);
  THIG_TRY(connection.query(kBeginRead).run());
  return Transaction(connection, Extent::whole);
}

Result<Transaction> Transaction::begin_part(Connection& connection) {
  THIG_TRY(connection.query(kBeginPart).run());
  return Transaction(connection, Extent::part);
}

bool Transaction::takes_more(std::size_t rows) const {
  const TransactionBounds& bounds = connection_->options().bounds;
  const Millis longest = connection_->beside_others()
                             ? std::min(bounds.longest, bounds.longest_beside_others)
                             : bounds.longest;
  return extent_ == Extent::part || (rows < bounds.rows && connection_->writing_for() < longest);
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

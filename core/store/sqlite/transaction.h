// A transaction that is rolled back unless it was committed. While another one is open on the same
// connection it is a part of that: its commit holds once the outer one is committed, and it can be
// rolled back alone.
#pragma once

#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

class Transaction {
 public:
  // Takes the write lock at once (BEGIN IMMEDIATE); `busy` if it cannot be had in time.
  static Result<Transaction> write(Connection& connection, Durability durability);
  // One view of the database for several reads. Ends with the object.
  static Result<Transaction> read(Connection& connection);

  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // Whether it takes in one more thing, after so many rows: what may be cut is cut where others
  // would wait for long. As a part of another one it always does, as that is to stay whole.
  bool takes_more(std::size_t rows = 0) const;

  // On an error nothing has happened, or it has happened in a file that is gone.
  Status commit();

 private:
  enum class Extent { whole, part };
  Transaction(Connection& connection, Extent extent) : connection_(&connection), extent_(extent) {}
  static Result<Transaction> begin_part(Connection& connection);

  Connection* connection_;
  Extent extent_;
};

}  // namespace thig::sqlite

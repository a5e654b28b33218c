// A transaction that is rolled back unless it was committed.
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

  // On an error nothing has happened.
  Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace thig::sqlite

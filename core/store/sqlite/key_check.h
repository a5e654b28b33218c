// SealedDatabase on SQLite.
#pragma once

#include "core/store/sealing.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

class KeyCheck final : public SealedDatabase {
 public:
  explicit KeyCheck(Connection& connection) : connection_(connection) {}

  Result<std::string> read_key_check() override;
  Status write_key_check(std::string_view sealed) override;
  void before_commit(std::function<Status()> work) override {
    connection_.before_commit(std::move(work));
  }
  bool has_work_before_commit() const override { return connection_.has_work_before_commit(); }
  std::string name() const override { return connection_.file(); }
  std::string key_place() override;
  FileOwner owner() const override { return FileOwner::of(connection_.file()); }

 private:
  Connection& connection_;
};

}  // namespace thig::sqlite

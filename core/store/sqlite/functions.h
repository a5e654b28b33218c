// What statements of ours call that SQLite does not have.
//
//   latencies(bucket, ok, failed)   aggregate: the attempts of each latency bucket, as a BLOB of
//                                   64-bit counts in this machine's own layout; never stored
#pragma once

struct sqlite3;

namespace thig::sqlite {

// Makes them known to a connection. SQLite's result code.
int add_functions(sqlite3* handle);

}  // namespace thig::sqlite

#include "core/base/error.h"

#include "core/base/enum_names.h"

namespace thig {
namespace {

constexpr EnumName<ErrorCode> code_names[] = {
    {ErrorCode::usage, "USAGE"},
    {ErrorCode::invalid, "INVALID"},
    {ErrorCode::conflict, "CONFLICT"},
    {ErrorCode::idempotency_mismatch, "IDEMPOTENCY_MISMATCH"},
    {ErrorCode::not_found, "NOT_FOUND"},
    {ErrorCode::not_permitted, "NOT_PERMITTED"},
    {ErrorCode::busy, "BUSY"},
    {ErrorCode::unavailable, "UNAVAILABLE"},
    {ErrorCode::full, "FULL"},
    {ErrorCode::database, "DATABASE"},
    {ErrorCode::network, "NETWORK"},
    {ErrorCode::file, "FILE"},
    {ErrorCode::key, "KEY"},
    {ErrorCode::interrupted, "INTERRUPTED"},
    {ErrorCode::internal, "INTERNAL"},
};

}  // namespace

std::string_view error_code_name(ErrorCode code) {
  return enum_name(code_names, code);
}

}  // namespace thig

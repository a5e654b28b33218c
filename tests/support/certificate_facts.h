// What OpenSSL finds in a PEM certificate, for tests that should not have to know OpenSSL.
#pragma once

#include "core/base/time.h"

#include <string>

namespace thig {

enum class Trust { good, not_yet_valid, expired, other };

class ParsedCertificate {
 public:
  explicit ParsedCertificate(const std::string& certificate_pem) : pem_(certificate_pem) {}

  bool is_for_host(const std::string& name) const;
  bool is_for_address(const std::string& address) const;
  bool has_key(const std::string& private_key_pem) const;
  std::string serial() const;
  // As a server's certificate whose authority is the certificate itself.
  Trust trusted_as_its_own_authority(Time when) const;

 private:
  std::string pem_;
};

}  // namespace thig

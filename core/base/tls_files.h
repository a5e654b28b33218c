// The files a webhook's TLS needs: whether they can be used, found out before anything is sent, for
// OpenSSL would ask for a pass phrase on the terminal, in the thread that sends.
#pragma once

#include "core/base/error.h"
#include "core/base/file_stamp.h"
#include "core/base/time.h"

#include <compare>
#include <map>
#include <string>

namespace thig {

// Paths of PEM files; empty for none.
struct TlsFiles {
  std::string ca_file;
  std::string client_cert;
  std::string client_key;  // empty: it is in client_cert

  bool any() const { return !ca_file.empty() || !client_cert.empty(); }
  auto operator<=>(const TlsFiles&) const = default;
};

// What the files were at a moment; all zero where there are none.
struct TlsStamp {
  FileStamp ca_file;
  FileStamp client_cert;
  FileStamp client_key;
  auto operator<=>(const TlsStamp&) const = default;
};
TlsStamp stamp_of(const TlsFiles& files);

// Nothing is wrong: each can be opened as safe_file's open_to_read says (regular, not other users'
// to write; links are followed), by its absolute path; the CA file
// holds certificates only (and revocation lists), each valid; the key is not encrypted and is the
// certificate's. Else `file` (cannot be opened or read) or `invalid`, naming the file and what to
// do. Reads the files; never asks anything.
Status check_tls_files(const TlsFiles& files);

// The same for many webhooks, which often name the same files: those that were found good are not
// read again as long as they are as they were. For one thread.
class TlsFileChecks {
 public:
  Status check(const TlsFiles& files);

 private:
  std::map<TlsFiles, TlsStamp> good_;
};

// When the first certificate of a PEM file ends; `file` and `invalid` as of check_tls_files.
Result<Time> certificate_end(const std::string& file);

}  // namespace thig

#include "core/base/tls_files.h"

#include "tests/support/sample_pem.h"
#include "tests/support/temp_dir.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace thig;

namespace {

class PemFolder {
 public:
  std::string file(const std::string& name, std::string_view text) const {
    std::ofstream(dir_.path(name)) << text;
    return dir_.path(name);
  }
  std::string path(const std::string& name) const { return dir_.path(name); }

 private:
  TempDir dir_;
};

void check_refused(const TlsFiles& files, ErrorCode code, const std::string& says) {
  const Status status = check_tls_files(files);
  REQUIRE_MESSAGE(!status, says);
  CHECK_MESSAGE(status.error().code == code, says);
  CHECK_MESSAGE(status.error().text.contains(says), status.error().text);
}

}  // namespace

TEST_CASE("sound TLS files are accepted, through links too") {
  const PemFolder folder;
  const std::string cert = folder.file("cert", sample_certificate);
  const std::string key = folder.file("key", sample_key);
  const std::string both =
      folder.file("both", std::string(sample_key) + std::string(sample_certificate));
  const std::string two =
      folder.file("two", std::string(sample_certificate) + std::string(sample_certificate));
  std::filesystem::create_symlink(cert, folder.path("link"));
  CHECK(check_tls_files({}));
  CHECK(check_tls_files({.ca_file = cert, .client_cert = cert, .client_key = key}));
  CHECK(check_tls_files({.ca_file = two, .client_cert = {}, .client_key = {}}));
  CHECK(check_tls_files({.ca_file = folder.path("link"), .client_cert = {}, .client_key = {}}));
  CHECK(check_tls_files({.ca_file = {}, .client_cert = both, .client_key = both}));
  CHECK(check_tls_files({.ca_file = {}, .client_cert = both, .client_key = {}}));
}

TEST_CASE("an encrypted key is refused without asking for its pass phrase") {
  const PemFolder folder;
  const std::string cert = folder.file("cert", sample_certificate);
  for (const auto encrypted : {sample_key_encrypted, sample_key_encrypted_old}) {
    check_refused({.ca_file = {}, .client_cert = cert, .client_key = folder.file("key", encrypted)},
                  ErrorCode::invalid, "is encrypted");
  }
}

TEST_CASE("TLS files that cannot be used are told apart") {
  const PemFolder folder;
  const std::string cert = folder.file("cert", sample_certificate);
  const std::string key = folder.file("key", sample_key);
  const auto client = [](const std::string& c, const std::string& k) {
    return TlsFiles{.ca_file = {}, .client_cert = c, .client_key = k};
  };
  const auto authority = [](const std::string& file) {
    return TlsFiles{.ca_file = file, .client_cert = {}, .client_key = {}};
  };
  check_refused(client(cert, folder.file("other", other_key)), ErrorCode::invalid,
                "does not match the certificate");
  check_refused(client(key, key), ErrorCode::invalid, "contains no CERTIFICATE");
  check_refused(client(cert, cert), ErrorCode::invalid, "contains no PRIVATE KEY");
  check_refused(client(cert, folder.path("none")), ErrorCode::file, "No such file");
  check_refused(authority(folder.path("none")), ErrorCode::file, "No such file");
  check_refused(authority(folder.file("empty", "")), ErrorCode::invalid, "contains no CERTIFICATE");
  check_refused(authority(key), ErrorCode::invalid, "contains no CERTIFICATE");
  check_refused(authority("ca.pem"), ErrorCode::invalid, "must be an absolute path");
  check_refused(authority("/"), ErrorCode::file, "not a regular file");
  REQUIRE(mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  check_refused(authority(folder.path("pipe")), ErrorCode::file, "not a regular file");

  const std::string open = folder.file("open", sample_certificate);
  std::filesystem::permissions(open, std::filesystem::perms(0646));
  check_refused(authority(open), ErrorCode::file, "can be written by other users");
  check_refused(client(open, key), ErrorCode::file, "can be written by other users");
  const std::string open_key = folder.file("open-key", sample_key);
  std::filesystem::permissions(open_key, std::filesystem::perms(0602));
  check_refused(client(cert, open_key), ErrorCode::file, "can be written by other users");

  std::string damaged(sample_certificate);
  damaged[damaged.size() / 2] = '!';
  check_refused(authority(folder.file("damaged", std::string(sample_certificate) + damaged)),
                ErrorCode::invalid, "damaged");
  if (geteuid() == 0) return;  // may read everything
  std::filesystem::permissions(key, std::filesystem::perms::none);
  check_refused(client(cert, key), ErrorCode::file, "Permission denied");
}

TEST_CASE("when a certificate ends is read off its file") {
  const PemFolder folder;
  const std::string cert = folder.file("cert", sample_certificate);
  const auto end = certificate_end(cert);
  REQUIRE(end);
  CHECK(*end > Time{std::chrono::hours(24 * 365 * 50)});
  CHECK(certificate_end(folder.path("none")).error().code == ErrorCode::file);
  CHECK(certificate_end("cert").error().code == ErrorCode::invalid);
  for (const std::string_view text : {"", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
    CHECK(certificate_end(folder.file("bad", text)).error().code == ErrorCode::invalid);
  }
}

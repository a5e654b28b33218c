#include "core/store/keyring.h"

#include "core/base/access_hint.h"
#include "core/base/codec.h"
#include "core/base/new_file.h"
#include "core/base/openssl_bytes.h"
#include "core/store/private_folder.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <deque>
#include <span>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHeadBytes = 1 + kIdBytes;
constexpr char kVersion = 1;
constexpr std::size_t kLongestFile = 64u << 10;

}  // namespace

struct SealingKey {
  std::string id;  // kIdBytes, as in the blob
  std::array<unsigned char, kKeyBytes> bytes{};

  SealingKey() = default;
  SealingKey(const SealingKey&) = delete;
  SealingKey& operator=(const SealingKey&) = delete;
  ~SealingKey() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

std::unexpected<Error> key_error(const std::string& file, std::string_view what, Remark hint) {
  return fail(ErrorCode::key, fmt::format("key file {}: {}", file, what), std::move(hint));
}

// A file of our own must be closed to everybody else. One that belongs to another user was handed
// to us (a service manager's credential, whose access list shows as group permission), so there
// only the world's permission counts, and that nobody can write it. So it is where those who share
// the database share the key.
Status check_permissions(const std::string& file, const struct stat& found,
                         const FileOwner& owner) {
  const bool shared = owner.shared && found.st_gid == owner.group;
  const mode_t open_to = found.st_uid == geteuid() && !shared ? 077 : 027;
  if ((found.st_mode & open_to) != 0) {
    return key_error(file,
                     fmt::format("is open to other users (mode {:04o})", found.st_mode & 07777),
                     fmt::format("chmod 600 {}", file));
  }
  if (found.st_size > static_cast<off_t>(kLongestFile)) {
    return key_error(file, "is too long to be a key file", "restore it from a backup");
  }
  return {};
}

Result<std::string> read_key_file(const std::string& file, const FileOwner& owner) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) {
    if (errno == ENOENT) {
      return key_error(file, std::strerror(errno),
                       "restore it from a backup: without it the secrets are lost");
    }
    const int reason = errno;
    std::string why = access_hint(file, Access::reads);
    if (why.empty()) why = "check its permissions";
    return key_error(file, std::strerror(reason), std::move(why));
  }
  auto opened = open_to_trust(file, owner);
  if (!opened) return fail(ErrorCode::key, "key file: " + opened.error().text, opened.error().hint);
  const FileDescriptor fd = std::move(*opened);
  if (fstat(fd.get(), &found) != 0) return key_error(file, std::strerror(errno), "");
  THIG_TRY(check_permissions(file, found, owner));

  auto text = read_whole(fd.get(), file, kLongestFile);
  if (!text) return fail(ErrorCode::key, "key file: " + text.error().text, text.error().hint);
  return text;
}

// "<8 hex digits> <base64 of 32 bytes>"
bool read_key_line(std::string_view line, SealingKey& key) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  auto id = from_hex(line.substr(0, space));
  auto bytes = from_base64(line.substr(space + 1));
  if (!id || id->size() != kIdBytes || !bytes) return false;
  const bool fits = bytes->size() == kKeyBytes;
  if (fits) std::memcpy(key.bytes.data(), bytes->data(), kKeyBytes);
  wipe(*bytes);
  key.id = std::move(*id);
  return fits;
}

// Root makes keys for other users' databases. Where that user cannot get at it, the key stays
// root's, who may have it for databases of its own.
bool can_reach(const std::string& folder, const FileOwner& owner) {
  struct stat found {};
  if (stat(folder.c_str(), &found) != 0) return false;
  if (found.st_uid == owner.user) return (found.st_mode & S_IXUSR) != 0;
  if (found.st_gid == owner.group) return (found.st_mode & S_IXGRP) != 0;
  return (found.st_mode & S_IXOTH) != 0;
}

// Of two who make it at the same time one wins.
Status write_new_key(const std::string& file, std::string_view line, const FileOwner& owner,
                     Random& random) {
  const std::string folder = folder_of(absolute_path(file));
  THIG_TRY(make_private_folder(folder));
  const FileOwner user{.user = owner.user,
                       .group = owner.group};  // shared by hand alone (sharing.h)
  const FileOwner ours = can_reach(folder, owner) ? user : FileOwner::self();
  THIG_TRY_ASSIGN(key, NewFile::make(file, ours, random));
  THIG_TRY(key.write(line));
  auto made = key.publish(Existing::kept);
  if (made || made.error().code != ErrorCode::conflict) return made;
  return fail(ErrorCode::busy, "another process has just created it", "try again");
}

}  // namespace

struct Keyring::Keys {
  std::deque<SealingKey>
      all;  // newest last; a deque, for a vector would leave copies behind as it grows
  std::string file;

  const SealingKey* find(std::string_view id) const {
    for (const SealingKey& key : all) {
      if (key.id == id) return &key;
    }
    return nullptr;
  }
};

Keyring::Keyring(std::unique_ptr<Keys> keys) : keys_(std::move(keys)) {}
Keyring::Keyring(Keyring&&) noexcept = default;
Keyring& Keyring::operator=(Keyring&&) noexcept = default;
Keyring::~Keyring() = default;

Result<Keyring> Keyring::load(const std::string& file, const FileOwner& owner) {
  THIG_TRY_ASSIGN(text, read_key_file(file, owner));
  auto keys = std::make_unique<Keys>();
  keys->file = file;
  std::string_view rest = text;
  bool good = true;
  while (good && !rest.empty()) {
    const std::size_t end = rest.find('\n');
    good = read_key_line(rest.substr(0, end), keys->all.emplace_back());
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  wipe(text);
  if (!good || keys->all.empty()) {
    return key_error(
        file, "does not contain keys (\"<8 hex digits> <base64 of 32 bytes>\", one per line)",
        "restore it from a backup: without it the secrets are lost");
  }
  return Keyring(std::move(keys));
}

Keyring Keyring::fresh(const std::string& file, Random& random) {
  auto keys = std::make_unique<Keys>();
  keys->file = file;
  SealingKey& key = keys->all.emplace_back();
  key.id = random.bytes(kIdBytes);
  random.fill(std::as_writable_bytes(std::span(key.bytes)));
  return Keyring(std::move(keys));
}

Status Keyring::save(const FileOwner& owner, Random& random) const {
  const SealingKey& key = keys_->all.back();
  std::string bytes(key.bytes.begin(), key.bytes.end());
  std::string encoded = to_base64(bytes);
  std::string line = to_hex(key.id) + " " + encoded + "\n";
  auto made = write_new_key(keys_->file, line, owner, random);
  wipe(bytes);
  wipe(encoded);
  wipe(line);
  if (made) return {};
  Error error = std::move(made).error();
  error.text = fmt::format("cannot create the key file {}: {}", keys_->file, error.text);
  if (error.code == ErrorCode::file) {
    error.hint = {"check the folder's permissions, or give another path with ",
                  Setting{"key-file"}};
  }
  return std::unexpected(std::move(error));
}

Result<std::string> Keyring::seal(std::string_view plain, std::string_view place,
                                  Random& random) const {
  const SealingKey& key = keys_->all.back();
  std::string blob = std::string(1, kVersion) + key.id + random.bytes(kNonceBytes);
  const std::size_t head = blob.size();
  blob.resize(head + plain.size() + kTagBytes);

  const Cipher cipher(EVP_CIPHER_CTX_new());
  int written = 0;
  int tail = 0;
  const bool good =
      cipher &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(),
                         bytes_of(blob) + kHeadBytes) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes_of(blob), kHeadBytes) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes_of(place),
                        static_cast<int>(place.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), bytes_of(blob) + head, &written, bytes_of(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), bytes_of(blob) + head + written, &tail) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          bytes_of(blob) + head + plain.size()) == 1;
  if (!good) return fail(ErrorCode::internal, "the secret cannot be encrypted: OpenSSL refused");
  return blob;
}

Result<std::string> Keyring::open(std::string_view blob, std::string_view place) const {
  const auto refuse = [this](std::string_view what) {
    return key_error(keys_->file, what,
                     "give the key file that belongs to this database, or restore the database");
  };
  constexpr std::size_t head = kHeadBytes + kNonceBytes;
  if (blob.size() < head + kTagBytes || blob[0] != kVersion) {
    return refuse("the value in the database is not a sealed secret");
  }
  const SealingKey* key = keys_->find(blob.substr(1, kIdBytes));
  if (key == nullptr) return refuse("does not contain the key that sealed this secret");

  const std::string_view sealed = blob.substr(head, blob.size() - head - kTagBytes);
  std::string tag(blob.substr(blob.size() - kTagBytes));
  std::string plain(sealed.size() + 1, '\0');  // never empty, so that it always has an address
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int written = 0;
  int tail = 0;
  const bool good =
      cipher &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key->bytes.data(),
                         bytes_of(blob) + kHeadBytes) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes_of(blob), kHeadBytes) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes_of(place),
                        static_cast<int>(place.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes_of(plain), &written, bytes_of(sealed),
                        static_cast<int>(sealed.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), bytes_of(plain) + sealed.size(), &tail) == 1;
  if (!good) {
    wipe(plain);
    return refuse("the sealed secret was changed or moved, or another key has the same number");
  }
  plain.resize(sealed.size());
  return plain;
}

}  // namespace thig

// Secrets at rest: AES-256-GCM under keys that live outside the database's folder. Protects a
// stolen database, backup or support bundle; not against root or the same user.
#pragma once

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/safe_file.h"

#include <memory>
#include <string>
#include <string_view>

namespace thig {

// Several keys at once: the newest seals, any opens. The file holds one key a line, "<key id>
// <base64 of 32 bytes>", newest last, mode 0600; 0640 where the database is shared with that group
// (sharing.h).
class Keyring {
 public:
  // Reads the file; `key` if it is missing, readable by others, not of that form, or not of root,
  // of this user or of `owner`, whose database it is for.
  static Result<Keyring> load(const std::string& file, const FileOwner& owner = FileOwner::self());
  // With one fresh key, which is nowhere yet but here. `file` is where it is to be saved.
  static Keyring fresh(const std::string& file, Random& random);
  // Makes the file; the owner's, where root makes it. `busy` if somebody else has made it
  // meanwhile, with another key.
  Status save(const FileOwner& owner, Random& random) const;

  Keyring(Keyring&&) noexcept;
  Keyring& operator=(Keyring&&) noexcept;
  ~Keyring();  // wipes the keys

  // blob = version (1 byte), key id (4), nonce (12, random), ciphertext, tag (16). `place` names
  // where the blob is kept
  // ("endpoint_secret.sealed:<row>") and is authenticated with it, so that a blob moved elsewhere
  // does not open.
  Result<std::string> seal(std::string_view plain, std::string_view place, Random& random) const;
  // `key` if no key of that id is here, or the blob was changed or moved.
  Result<std::string> open(std::string_view blob, std::string_view place) const;

 private:
  struct Keys;
  explicit Keyring(std::unique_ptr<Keys> keys);
  std::unique_ptr<Keys> keys_;
};

}  // namespace thig

// Randomness as a seam: secrets and ids draw from the system's generator, tests from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace thig {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  // Uniform in [0, 1); for jitter.
  double fraction();
  // Uniform in [0, 2^bits), bits from 1 to 63.
  std::int64_t bits(int count);
  // So many bytes, as a text.
  std::string bytes(std::size_t count);
};

// OpenSSL's generator, fit for keys. Ends the process if it has no entropy: there is nothing safe
// to do without. Thread-safe.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// A fixed sequence for a seed (splitmix64). Never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace thig

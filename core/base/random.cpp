#include "core/base/random.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <openssl/rand.h>

namespace thig {
namespace {

std::uint64_t draw(Random& random) {
  std::uint64_t value = 0;
  random.fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

double Random::fraction() {
  // 53 bits are what a double between 0 and 1 can tell apart.
  return static_cast<double>(draw(*this) >> 11) * 0x1.0p-53;
}

std::int64_t Random::bits(int count) {
  return static_cast<std::int64_t>(draw(*this) >> (64 - std::clamp(count, 1, 63)));
}

std::string Random::bytes(std::size_t count) {
  std::string text(count, '\0');
  fill(std::as_writable_bytes(std::span(text)));
  return text;
}

void SystemRandom::fill(std::span<std::byte> out) {
  constexpr std::size_t largest = 1u << 30;  // RAND_bytes counts in int
  while (!out.empty()) {
    const std::size_t part = std::min(out.size(), largest);
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(part)) != 1) {
      std::abort();
    }
    out = out.subspan(part);
  }
}

void SeededRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::uint64_t value = splitmix64(state_);
    const std::size_t part = std::min(out.size(), sizeof(value));
    std::memcpy(out.data(), &value, part);
    out = out.subspan(part);
  }
}

}  // namespace thig

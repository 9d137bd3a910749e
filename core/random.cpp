#include "core/random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace melomine {
namespace {

uint64_t split_mix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

}  // namespace

RandomStream::RandomStream(std::initializer_list<uint64_t> name) : key_(0x6d656c6f6d696e65ull) {
  for (const uint64_t part : name) {
    uint64_t mixed = key_ ^ (part + 0x9e3779b97f4a7c15ull);
    key_ = split_mix(mixed) + std::rotl(key_, 17);
  }
  uint64_t seed = key_;
  for (uint64_t& word : state_) word = split_mix(seed);
}

RandomStream RandomStream::child(uint64_t item) const {
  return RandomStream({key_, item});
}

uint64_t RandomStream::bits() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double RandomStream::uniform() {
  return static_cast<double>(bits() >> 11) * 0x1.0p-53;
}

double RandomStream::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

int64_t RandomStream::integer(int64_t count) {
  // Rejection of the incomplete last range keeps every value equally likely.
  const uint64_t n = static_cast<uint64_t>(count);
  const uint64_t limit = ~uint64_t{0} - (~uint64_t{0} % n + 1) % n;
  uint64_t value = bits();
  while (value > limit) value = bits();
  return static_cast<int64_t>(value % n);
}

double RandomStream::normal(double mean, double sd) {
  const double u = 1.0 - uniform();
  const double v = uniform();
  return mean + sd * std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

size_t RandomStream::weighted(const std::vector<double>& weights) {
  double sum = 0;
  for (const double w : weights) sum += w;
  double target = uniform() * sum;
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    if (target < weights[i]) return i;
    target -= weights[i];
  }
  return weights.size() - 1;
}

uint64_t stream_id(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

}  // namespace melomine

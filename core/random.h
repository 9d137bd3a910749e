#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace melomine {

/// A stream of random numbers named by what it is for, e.g. `RandomStream({seed, round, hash("sampler"),
/// step})`. Equal names give equal numbers on every machine and for every number of threads; different names
/// give independent streams. xoshiro256** (Blackman and Vigna 2018) seeded through SplitMix64.
class RandomStream {
 public:
  explicit RandomStream(std::initializer_list<uint64_t> name);

  /// The stream for one item of this one; does not advance this stream.
  RandomStream child(uint64_t item) const;

  uint64_t bits();
  /// Uniform in [0, 1).
  double uniform();
  /// Uniform in [low, high).
  double uniform(double low, double high);
  /// Uniform integer in [0, count); count must be > 0.
  int64_t integer(int64_t count);
  /// Normal with the given mean and standard deviation (Box-Muller, no state kept between calls).
  double normal(double mean = 0, double sd = 1);
  bool chance(double probability) { return uniform() < probability; }
  /// An index in [0, weights.size()) with probability proportional to its weight (each >= 0, sum > 0).
  size_t weighted(const std::vector<double>& weights);

  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values[static_cast<size_t>(integer(static_cast<int64_t>(values.size())))];
  }

  /// Fisher-Yates shuffle.
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[static_cast<size_t>(integer(static_cast<int64_t>(i)))]);
  }

 private:
  uint64_t key_;
  uint64_t state_[4];
};

/// FNV-1a of a text, to use a stage's name as part of a stream's name.
uint64_t stream_id(std::string_view text);

}  // namespace melomine

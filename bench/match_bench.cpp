// Cost of matching fragments with covers, beside the matrix products alone; and of cutting a long original.
#include <benchmark/benchmark.h>

#include <cmath>

#include "core/random.h"
#include "mining/cover_match.h"
#include "mining/fragmentation.h"
#include "retrieval/diagonals.h"

namespace melomine::mining {
namespace {

constexpr int64_t kFragmentSteps = 60, kCoverSteps = 800, kDim = 128;
constexpr double kWindow_s = 3, kHop_s = 0.25;

retrieval::FingerprintSequence random_sequence(int64_t steps, uint64_t seed) {
  RandomStream random({stream_id("match bench"), seed});
  retrieval::FingerprintSequence z{
      .steps = steps, .dim = kDim, .hop_s = kHop_s, .first_center_s = 0.5 * kWindow_s, .values = {}};
  const double sd = 1 / std::sqrt(static_cast<double>(kDim));
  for (int64_t k = 0; k < steps * kDim; ++k) z.values.push_back(static_cast<float>(random.normal(0, sd)));
  return z;
}

std::vector<TimeInterval> fragments(int64_t count) {
  std::vector<TimeInterval> all;
  for (int64_t f = 0; f < count; ++f) {
    const double start_s = static_cast<double>(f * kFragmentSteps) * kHop_s;
    all.push_back({start_s, start_s + kWindow_s + static_cast<double>(kFragmentSteps - 1) * kHop_s});
  }
  return all;
}

/// Enough covers that they do not stay in the cache between the rounds over them.
constexpr int64_t kCovers = 40;
std::vector<retrieval::FingerprintSequence> covers() {
  std::vector<retrieval::FingerprintSequence> all;
  for (int64_t i = 0; i < kCovers; ++i)
    all.push_back(random_sequence(kCoverSteps, 100 + static_cast<uint64_t>(i)));
  return all;
}

void count_pairs(benchmark::State& state) {
  state.counters["pairs"] = benchmark::Counter(static_cast<double>(state.range(0) * kCovers),
                                               benchmark::Counter::kIsIterationInvariantRate);
}

/// Argument: fragments of the original.
void matching(benchmark::State& state) {
  const auto all = covers();
  const CoverMatcher matcher(random_sequence(state.range(0) * kFragmentSteps, 1), fragments(state.range(0)),
                             kWindow_s, {});
  const double cover_s = kWindow_s + static_cast<double>(kCoverSteps - 1) * kHop_s;
  for (auto _ : state)
    for (const auto& cover : all) benchmark::DoNotOptimize(matcher.match(cover, cover_s).best.data());
  count_pairs(state);
}
BENCHMARK(matching)->ArgName("fragments")->Arg(1)->Arg(6)->Arg(15)->Unit(benchmark::kMillisecond);

/// The same products, all fragments of a song in one call.
void product_alone(benchmark::State& state) {
  const auto all = covers();
  const int64_t rows = state.range(0) * kFragmentSteps;
  const auto original = random_sequence(rows, 1);
  std::vector<float> products(static_cast<size_t>(rows * kCoverSteps));
  for (auto _ : state) {
    for (const auto& cover : all) {
      retrieval::product(original.values.data(), cover.values.data(), rows, kCoverSteps, kDim,
                         products.data());
      benchmark::DoNotOptimize(products.data());
    }
  }
  count_pairs(state);
}
BENCHMARK(product_alone)->ArgName("fragments")->Arg(1)->Arg(6)->Arg(15)->Unit(benchmark::kMillisecond);

/// Argument: minutes of an original with a pause about every 13 s, no two stretches alike.
void fragmentation(benchmark::State& state) {
  constexpr int kRate_hz = 16000;
  RandomStream random({stream_id("fragmentation bench")});
  std::vector<float> samples;
  while (static_cast<int64_t>(samples.size()) < state.range(0) * 60 * kRate_hz) {
    const auto sound = static_cast<int64_t>(random.uniform(6, 16) * kRate_hz);
    const auto pause = static_cast<int64_t>(random.uniform(0.3, 2) * kRate_hz);
    const double pause_gain = std::pow(10, random.uniform(-75, -50) / 20);
    for (int64_t n = 0; n < sound; ++n) samples.push_back(static_cast<float>(random.uniform(-0.5, 0.5)));
    for (int64_t n = 0; n < pause; ++n)
      samples.push_back(static_cast<float>(pause_gain * random.uniform(-0.5, 0.5)));
  }
  const auto z =
      random_sequence(static_cast<int64_t>(static_cast<double>(samples.size()) / kRate_hz / kHop_s) - 11, 1);
  size_t count = 0;
  for (auto _ : state) count = fragment_song(samples, kRate_hz, z, kWindow_s, {}).fragments.size();
  state.counters["fragments"] = static_cast<double>(count);
}
BENCHMARK(fragmentation)->ArgName("minutes")->Arg(4)->Arg(120)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace melomine::mining

// Reranking: one hum of 8 s against 5,000 candidates from a library that is larger than the caches, in 16-bit
// fixed point and, for comparison, in single precision. The argument is the number of threads.
#include "retrieval/rerank.h"

#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "core/random.h"
#include "retrieval/search.h"

namespace melomine::retrieval {
namespace {

constexpr int64_t kCandidates = 5000;
constexpr int64_t kDim = 128;
/// Songs of the float path, which takes long enough with fewer; times are for all candidates.
constexpr int64_t kFloatSongs = 250;

/// How a library's songs are cut: at a hop of 0.25 s or of 0.64 s.
struct Cut {
  int64_t query_steps, song_steps;
};
constexpr Cut kFine{21, 800}, kCoarse{13, 311};

FingerprintSequence unit_rows(int64_t steps, uint64_t seed) {
  RandomStream random({seed, static_cast<uint64_t>(steps)});
  FingerprintSequence z{steps, kDim, 0.25, 0, {}};
  std::vector<double> row(static_cast<size_t>(kDim));
  for (int64_t t = 0; t < steps; ++t) {
    double square = 0;
    for (double& value : row) {
      value = 0.5 * value + random.normal();  // windows overlap
      square += value * value;
    }
    for (const double value : row) z.values.push_back(static_cast<float>(value / std::sqrt(square)));
  }
  return z;
}

/// 5,000 songs end to end, each a few random ones' steps moved round by a number of its own.
class Library {
 public:
  explicit Library(const Cut& cut)
      : cut_(cut), values_(static_cast<size_t>(kCandidates * song_values() + 32)) {
    constexpr int64_t kKinds = 40;
    std::vector<int16_t> kinds(static_cast<size_t>(kKinds * song_values()));
    for (int64_t i = 0; i < kKinds; ++i)
      to_fixed(view(unit_rows(cut.song_steps, static_cast<uint64_t>(i))), kinds.data() + i * song_values());
    for (int64_t i = 0; i < kCandidates; ++i) {
      const int16_t* kind = kinds.data() + i % kKinds * song_values();
      const int64_t turn = i * 7 % cut.song_steps * kDim;
      int16_t* song = first() + i * song_values();
      std::memcpy(song, kind + turn, static_cast<size_t>(song_values() - turn) * sizeof(int16_t));
      std::memcpy(song + song_values() - turn, kind, static_cast<size_t>(turn) * sizeof(int16_t));
    }
  }
  FixedView song(int64_t i) const { return {first() + i * song_values(), cut_.song_steps, kDim}; }

 private:
  int64_t song_values() const { return cut_.song_steps * kDim; }
  /// Aligned, as a mapped file's sections are.
  int16_t* first() const {
    const auto address = reinterpret_cast<uintptr_t>(values_.data());
    return const_cast<int16_t*>(values_.data()) + (64 - address % 64) % 64 / sizeof(int16_t);
  }

  Cut cut_;
  std::vector<int16_t> values_;
};

const Library& library(const Cut& cut) {
  static const Library fine(kFine), coarse(kCoarse);
  return cut.song_steps == kFine.song_steps ? fine : coarse;
}

/// @param spans  0: all lags, else windows of 9 lags for each candidate
void correlation(benchmark::State& state, const Cut& cut, const Similarity& similarity, int64_t windows) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(state.range(0)));
  const Library& songs = library(cut);
  const FixedQuery query(view(unit_rows(cut.query_steps, 1000)));
  std::vector<std::vector<LagSpan>> spans(static_cast<size_t>(kCandidates));
  std::vector<RerankCandidate> candidates;
  for (int64_t i = 0; i < kCandidates; ++i) {
    auto& own = spans[static_cast<size_t>(i)];
    for (int64_t w = 0; w < windows; ++w) {
      const int64_t first = (i * 131 + w * 397) % (cut.song_steps - cut.query_steps - 9);
      own.push_back({first, first + 9});
    }
    candidates.push_back({songs.song(i), own});
  }
  for (auto _ : state) benchmark::DoNotOptimize(rerank_matches(query, candidates, similarity).data());
}

void warping(benchmark::State& state, int64_t band, int64_t keep) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(state.range(0)));
  const FixedQuery query(view(unit_rows(kFine.query_steps, 1000)));
  std::vector<FixedView> references;
  for (int64_t i = 0; i < kCandidates; ++i) references.push_back(library(kFine).song(i));
  const Similarity similarity{.correlation = Correlation::kDtw, .dtw_band = band};
  for (auto _ : state) benchmark::DoNotOptimize(rerank_by_dtw(query, references, similarity, keep).data());
}

/// Exact search of the same, as an ExactIndex makes it: the sums of its references are known.
void single_precision(benchmark::State& state, const Cut& cut, const Similarity& similarity) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(state.range(0)));
  std::vector<FingerprintSequence> references;
  std::vector<SequenceSums> sums;
  for (int64_t i = 0; i < kFloatSongs; ++i) {
    const FixedView song = library(cut).song(i);
    references.push_back({song.steps, song.dim, 0.25, 0, from_fixed(song)});
    sums.push_back(sequence_sums(view(references.back())));
  }
  const FingerprintSequence query = unit_rows(cut.query_steps, 1000);
  for (auto _ : state) {
    for (int64_t i = 0; i < kCandidates; i += kFloatSongs)
      benchmark::DoNotOptimize(search_sequences({&query, 1}, references, sums, similarity, {}).scores.data());
  }
}

const Similarity kCross{.correlation = Correlation::kCross}, kPearson{},
    kDrifting{.correlation = Correlation::kCross, .drift_steps = 2},
    kWarped{.correlation = Correlation::kDtw};

#define MELOMINE_RERANK(...)          \
  BENCHMARK_CAPTURE(__VA_ARGS__)      \
      ->Arg(1)                        \
      ->Arg(2)                        \
      ->Unit(benchmark::kMillisecond) \
      ->MeasureProcessCPUTime()       \
      ->UseRealTime()

MELOMINE_RERANK(correlation, cross_21_of_800, kFine, kCross, 0);
MELOMINE_RERANK(correlation, pearson_21_of_800, kFine, kPearson, 0);
MELOMINE_RERANK(correlation, drifting_21_of_800, kFine, kDrifting, 0);
MELOMINE_RERANK(correlation, cross_two_windows, kFine, kCross, 2);
MELOMINE_RERANK(correlation, pearson_two_windows, kFine, kPearson, 2);
MELOMINE_RERANK(correlation, drifting_two_windows, kFine, kDrifting, 2);
MELOMINE_RERANK(correlation, cross_13_of_311, kCoarse, kCross, 0);
MELOMINE_RERANK(correlation, pearson_13_of_311, kCoarse, kPearson, 0);
MELOMINE_RERANK(single_precision, cross_21_of_800, kFine, kCross);
MELOMINE_RERANK(single_precision, cross_13_of_311, kCoarse, kCross);
MELOMINE_RERANK(warping, all_21_of_800, 0, 0);
MELOMINE_RERANK(warping, keep_50, 0, 50);
MELOMINE_RERANK(warping, band_8, 8, 0);
MELOMINE_RERANK(warping, band_8_keep_50, 8, 50);
MELOMINE_RERANK(single_precision, dtw_21_of_800, kFine, kWarped);

/// Notes of 3 to 8 frames that wander by a few semitones.
std::vector<float> wandering(int64_t frames, uint64_t seed) {
  RandomStream random({seed, 7});
  std::vector<float> contour;
  double pitch = 60;
  while (static_cast<int64_t>(contour.size()) < frames) {
    pitch = std::clamp(pitch + static_cast<double>(random.integer(9)) - 4, 48.0, 72.0);
    contour.insert(contour.end(), static_cast<size_t>(3 + random.integer(6)), static_cast<float>(pitch));
  }
  contour.resize(static_cast<size_t>(frames));
  return contour;
}

/// A hum of 8 s at 13 tempos against songs of 4 minutes.
/// @param windows  0: all offsets, else windows of 33 for each candidate
void contours(benchmark::State& state, const ContourConfig& config, int64_t windows) {
  constexpr int64_t kFrames = 2400, kQueryFrames = 80;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(state.range(0)));
  static const std::vector<std::vector<float>> songs = [] {
    std::vector<std::vector<float>> all;
    for (uint64_t i = 0; i < static_cast<uint64_t>(kCandidates); ++i) all.push_back(wandering(kFrames, i));
    return all;
  }();
  PitchContour hum{wandering(kQueryFrames, 1'000'000)};
  RandomStream random({1});
  for (float& pitch : hum.semitones) pitch += static_cast<float>(random.normal(0.3));
  const ContourQuery query(hum, config);
  std::vector<std::vector<LagSpan>> spans(songs.size());
  std::vector<ContourCandidate> candidates;
  for (size_t i = 0; i < songs.size(); ++i) {
    for (int64_t w = 0; w < windows; ++w) {
      const int64_t first = (static_cast<int64_t>(i) * 131 + w * 997) % 2200;
      spans[i].push_back({first, first + 33});
    }
    candidates.push_back({songs[i], spans[i]});
  }
  for (auto _ : state) benchmark::DoNotOptimize(rerank_contours(query, candidates).data());
}
MELOMINE_RERANK(contours, two_windows, ContourConfig{}, 2);
MELOMINE_RERANK(contours, two_windows_capped, (ContourConfig{.cap_semitones = 3, .centring_steps = 2}), 2);
MELOMINE_RERANK(contours, all_offsets, ContourConfig{}, 0);

}  // namespace
}  // namespace melomine::retrieval

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "configs/binder.h"
#include "core/time_interval.h"
#include "retrieval/fingerprint_sequence.h"
#include "retrieval/sequence_match.h"

namespace melomine::mining {

/// What becomes of a stretch longer than `max_s` that no pause cuts.
enum class LongFragments {
  kDrop,
  kSplit,  ///< at its quietest frames (ours)
};

/// Algorithm 1, lines 1-14 (Amatov et al. 2023); defaults are the paper's.
struct FragmentationConfig {
  std::vector<double> levels_db{52, 56, 60, 64, 68};  ///< L_db: a frame this far under the loudest is silent
  std::vector<double> pauses_s{0.5, 1, 1.5};          ///< D_p: shorter pauses are bridged
  double min_s = 8;                                   ///< d_min, fragments are longer than this
  double max_s = 20;                                  ///< d_max, and shorter than this
  double max_correlation = 0.8;                       ///< α_corr: above it two fragments are the same melody
  LongFragments long_fragments = LongFragments::kDrop;
};
void bind(configs::Binder& b, FragmentationConfig& c);

/// One of the settings (level, pause) that were tried.
struct SettingCount {
  double level_db = 0, pause_s = 0;
  int64_t candidates = 0;  ///< fragments of an allowed length
  int64_t unique = 0;      ///< of them, after the correlation test
  double unique_s = 0;     ///< their total duration
};

struct Fragmentation {
  std::vector<TimeInterval> fragments;  ///< unique ones of the best setting, in time order
  size_t best = 0;                      ///< index into settings; meaningless when there are no fragments
  std::vector<SettingCount> settings;   ///< pauses outer, levels inner: the order of Algorithm 1
  double sounding_s = 0;                ///< duration outside silence at the best setting's level
};

/// Rows of a recording's sequence that belong to an interval of it.
struct SequenceSlice {
  retrieval::SequenceView<float> rows;
  /// Start of the first row's window minus the interval's start, s: within half a hop of 0.
  double offset_s = 0;
};

/// The windows that fit into the interval, counted from the row that starts nearest to its start; at least
/// one.
/// @param z         of the whole recording
/// @param window_s  W
SequenceSlice slice(const retrieval::FingerprintSequence& z, const TimeInterval& interval, double window_s);

/// The unique fragments of one original. The song is fingerprinted once; all settings slice that sequence.
/// @param samples   vocals of the original
/// @param z         its fingerprints
/// @param window_s  W
/// @returns no fragments for silence or audio shorter than min_s
Fragmentation fragment_song(std::span<const float> samples, int sample_rate_hz,
                            const retrieval::FingerprintSequence& z, double window_s,
                            const FragmentationConfig& config);

}  // namespace melomine::mining

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/binder.h"
#include "datasets/batch.h"
#include "datasets/sampler.h"
#include "melody/contour_window.h"
#include "melody/distortion.h"
#include "melody/melody_source.h"
#include "melody/performance.h"

namespace melomine::melody {

/// Which melodies windows are drawn from.
enum class MelodyWeight {
  kSong,    ///< all alike: an epoch visits each once
  kLength,  ///< by the number of places at which a window can begin
};

/// All that decides what a batch of melodies holds, beside the window and the seed.
struct MelodyBatchConfig {
  std::vector<MelodySource> sources;
  int64_t windows = 96;  ///< of a batch, each of another melody
  int64_t views = 2;     ///< of a window: so often it is performed; they are positives of each other
  bool exact = false;    ///< the first view is the score as it stands: domain 0
  MelodyWeight weight = MelodyWeight::kSong;
  double start_jitter_s = 0.2;  ///< a performed window lies off its place by up to this, either way
  PerformanceConfig performance;
  std::vector<DistortionConfig> distortions;  ///< of performed views, one after the other
};
void bind(configs::Binder& b, MelodyBatchConfig& c);

/// A window of a melody.
struct MelodyAnchor {
  size_t melody = 0;
  int64_t first = 0;  ///< frame of the score's contour, rests dealt with, at which it begins
};

/// Makes batch number `step` of melody contours, from (seed, round, step) alone: the same bytes for any
/// number of threads, in any order, after any restart.
///
/// The views of a window show the same moment of the score at their centre, whatever their tempo: the
/// window's centre is taken to the score's time, by the performance's clock to the time it was sung, and from
/// there, where rests are removed, to sung time. Ends differ by as much as the tempi do; beyond the melody's
/// ends views are unvoiced. At least half of every view is voiced: what is not is performed again, and after
/// 8 times the score stands in.
class MelodyBatchMaker {
 public:
  /// Melodies that are shorter than the window are left out, with a note in the log.
  /// @throws ConfigError for settings outside their ranges, a window that is longer than every melody, and
  /// fewer melodies than windows of a batch
  MelodyBatchMaker(std::vector<Melody> melodies, const MelodyBatchConfig& config, const ContourWindow& window,
                   datasets::SamplerSeed seed);

  /// Windows are worked on in parallel (TBB); safe to call from several threads. @param step  >= 0
  /// @param asked  clips whose images are made; of others the domain is not known and stands as 0
  /// @returns features [rows, 2, frames] of windows * views clips, as dsp::draw_contour makes them, the views
  /// of a window next to each other; groups: the window's number; songs: the melody's index; domains 0 score,
  /// 1 performance; same_melody where the song is one
  datasets::Batch make(int64_t step, datasets::BatchRows asked = {}) const;
  /// Clips of a batch.
  int64_t batch_size() const { return config_.windows * config_.views; }

  /// The windows of a batch, each of another melody. As thread-safe as `make`.
  std::vector<MelodyAnchor> plan(int64_t step) const;

  /// Of kSong: each usable melody is in a batch once or, in the last, twice. Of kLength: as many seconds as
  /// there are.
  int64_t steps_per_epoch() const;
  int64_t song_count() const { return static_cast<int64_t>(melodies_.size()); }
  /// A view of a melody is a recording of its own.
  int64_t recording_count() const { return song_count() * config_.views; }
  /// Melodies that a window fits into.
  int64_t usable() const { return static_cast<int64_t>(usable_.size()); }
  const std::vector<Melody>& melodies() const { return melodies_; }
  int64_t bins() const { return 2; }
  int64_t frames() const { return window_.frames; }

 private:
  void find_starts();
  std::vector<size_t> draw_melodies(int64_t step) const;
  void draw_views(const MelodyAnchor& anchor, int64_t index, datasets::Batch& batch) const;
  bool draw_performance(std::span<const dsp::Note> notes, double center_s, const RandomStream& stream,
                        std::span<float> image) const;

  std::vector<Melody> melodies_;
  MelodyBatchConfig config_;
  ContourWindow window_;
  datasets::SamplerSeed seed_;
  Performer performer_;
  Distortions distortions_;
  std::vector<WindowStarts> starts_;  ///< by melody
  std::vector<size_t> usable_;
};

}  // namespace melomine::melody

#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "configs/binder.h"
#include "datasets/audio_reader.h"
#include "datasets/audio_store.h"
#include "datasets/batch.h"
#include "datasets/clip_pipeline.h"
#include "datasets/front_end.h"
#include "datasets/sampler.h"
#include "datasets/stretches.h"
#include "datasets/voiced_draws.h"

namespace melomine::datasets {

/// All that decides what a batch holds, beside the data and the seed.
struct BatchConfig : FrontEnd {
  SamplerConfig sampler;
  std::vector<ClipTransformConfig> augment = paper_transforms();
};
void bind(configs::Binder& b, BatchConfig& c);

/// Reads from the store, which must outlive the reader. @throws DataError for an unknown recording
AudioReader read_from(const AudioStore& store);

/// Makes batch number `step`, from (seed, round, step) alone: the same bytes for any number of threads, in
/// any order, after any restart.
class BatchMaker {
 public:
  /// @param reader  gives audio at features.sample_rate_hz
  /// @throws ConfigError
  BatchMaker(std::vector<FragmentGroup> groups, AudioReader reader, const BatchConfig& config,
             SamplerSeed seed);
  /// @throws ConfigError also when the store has another sample rate than the features
  BatchMaker(std::vector<FragmentGroup> groups, const AudioStore& store, const BatchConfig& config,
             SamplerSeed seed);

  /// Clips are worked on in parallel (TBB); safe to call from several threads.
  /// @returns features [B, F, T]
  /// @throws DataError when a recording cannot be read
  Batch make(int64_t step) const;

  /// What batch `step` holds: as the sampler plans it, but for windows without a voice. As thread-safe as
  /// `make`.
  BatchPlan plan(int64_t step) const;

  const Sampler& sampler() const { return *sampler_; }
  const std::vector<FragmentGroup>& groups() const { return groups_; }
  int64_t song_count() const { return 1 + *std::max_element(song_of_group_.begin(), song_of_group_.end()); }
  /// Whether of any group is known where it lies in its song's original.
  bool knows_places() const;
  int64_t bins() const { return extractor_->bins(); }
  int64_t frames() const { return frames_; }

 private:
  struct Clip;
  /// Names a stream of one clip of a batch.
  RandomStream stream(uint64_t what, int64_t step, size_t index) const;
  ClipContext context(const BatchPlan& plan, size_t index, RandomStream& random) const;
  void read(const BatchPlan& plan, size_t index, Clip& clip) const;
  Stretch heard(const ClipPlan& clip, int64_t source_samples) const;
  std::vector<std::span<const float>> others_of(const BatchPlan& plan, size_t index,
                                                const std::vector<Clip>& clips) const;
  void finish(const BatchPlan& plan, size_t index, const std::vector<Clip>& clips, Batch& batch) const;

  std::vector<FragmentGroup> groups_;
  AudioReader reader_;
  BatchConfig config_;
  SamplerSeed seed_;
  std::unique_ptr<const Sampler> sampler_;
  std::vector<int64_t> song_of_group_;
  std::vector<std::vector<int64_t>> recording_of_fragment_;  ///< by group and fragment
  Stretches stretches_;
  std::unique_ptr<const VoicedDraws> voiced_draws_;  ///< none: the mask is off
  ClipPipeline pipeline_;
  std::unique_ptr<dsp::FeatureExtractor> extractor_;
  int64_t frames_ = 0;          ///< T
  int64_t context_frames_ = 0;  ///< on either side
  int64_t clip_samples_ = 0;    ///< window and context
};

}  // namespace melomine::datasets

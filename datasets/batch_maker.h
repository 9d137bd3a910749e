#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "configs/binder.h"
#include "core/recycled_vectors.h"
#include "datasets/audio_reader.h"
#include "datasets/audio_store.h"
#include "datasets/batch.h"
#include "datasets/clip_images.h"
#include "datasets/clip_pipeline.h"
#include "datasets/front_end.h"
#include "datasets/sampler.h"
#include "datasets/stretches.h"
#include "datasets/voiced_draws.h"

namespace melomine::datasets {

/// All that decides what a batch holds, beside the data, the seed and how clips become images.
struct BatchSettings {
  WindowConfig window;
  SamplerConfig sampler;
  std::vector<ClipTransformConfig> augment = paper_transforms();
};

/// The same with a feature, whose log-magnitudes the images are.
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
  /// @param reader  gives audio at the rate of the view's images
  /// @throws ConfigError, also for transforms of samples where the view is of recordings, or that are not
  /// known where clips are augmented later
  BatchMaker(std::vector<FragmentGroup> groups, AudioReader reader, ClipView view,
             const BatchSettings& settings, SamplerSeed seed);
  /// @throws ConfigError also when the store has another sample rate than the images
  BatchMaker(std::vector<FragmentGroup> groups, const AudioStore& store, const ClipView& view,
             const BatchSettings& settings, SamplerSeed seed);
  /// Of a feature. @throws as above
  BatchMaker(std::vector<FragmentGroup> groups, AudioReader reader, const BatchConfig& config,
             SamplerSeed seed);
  BatchMaker(std::vector<FragmentGroup> groups, const AudioStore& store, const BatchConfig& config,
             SamplerSeed seed);

  /// Clips are worked on in parallel (TBB); safe to call from several threads.
  /// @param asked  clips whose images are made; all else is known of the others, too
  /// @returns images [rows, F, T]; where clips are augmented later, source windows and what was drawn for
  /// them
  /// @throws DataError when a recording cannot be read
  Batch make(int64_t step, BatchRows asked = {}) const;

  /// Clips of the batch.
  int64_t batch_size(int64_t step) const { return static_cast<int64_t>(sampler_->plan(step).clips.size()); }

  /// What batch `step` holds: as the sampler plans it, but for windows without a voice. As thread-safe as
  /// `make`.
  BatchPlan plan(int64_t step) const;

  const Sampler& sampler() const { return *sampler_; }
  const std::vector<FragmentGroup>& groups() const { return groups_; }
  int64_t song_count() const { return 1 + *std::max_element(song_of_group_.begin(), song_of_group_.end()); }
  /// Whether of any group is known where it lies in its song's original.
  bool knows_places() const;
  int64_t bins() const { return view_.images->rows(); }
  int64_t frames() const { return view_.images->columns(); }

 private:
  struct Clip;
  /// Names a stream of one clip of a batch.
  RandomStream stream(uint64_t what, int64_t step, size_t index) const;
  ClipContext context(const BatchPlan& plan, size_t index, RandomStream& random) const;
  void draw(const BatchPlan& plan, size_t index, Clip& clip) const;
  void read_source(const ClipPlan& where, const Clip& clip, std::span<int16_t> source) const;
  void read(const BatchPlan& plan, size_t index, Clip& clip) const;
  Stretch heard(const ClipPlan& clip, int64_t source_samples) const;
  std::vector<size_t> others_of(const BatchPlan& plan, size_t index) const;
  std::vector<size_t> choose_heard(const BatchPlan& plan, BatchRows rows, std::vector<Clip>& clips) const;
  void finish(const BatchPlan& plan, size_t index, const std::vector<Clip>& clips,
              std::span<float> image) const;
  RawClips raw_clips(const BatchPlan& plan, const std::vector<Clip>& clips,
                     const std::vector<size_t>& chosen) const;
  void read_raw(const BatchPlan& plan, const std::vector<Clip>& clips, const std::vector<size_t>& needed,
                Batch& batch) const;
  void draw_recorded(const ClipPlan& where, const Clip& clip, std::span<float> image) const;

  std::vector<FragmentGroup> groups_;
  AudioReader reader_;
  ClipView view_;
  BatchSettings settings_;
  SamplerSeed seed_;
  std::unique_ptr<const Sampler> sampler_;
  std::vector<int64_t> song_of_group_;
  std::vector<std::vector<int64_t>> recording_of_fragment_;  ///< by group and fragment
  Stretches stretches_;
  std::unique_ptr<const VoicedDraws> voiced_draws_;  ///< none: the mask is off
  ClipPipeline pipeline_;
  int64_t frames_ = 0;          ///< of a window
  int64_t context_frames_ = 0;  ///< on either side
  int64_t clip_samples_ = 0;    ///< window and context
  RecycledVectors<int16_t> raw_memory_;
};

}  // namespace melomine::datasets

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "datasets/batch.h"
#include "datasets/fragment_groups.h"
#include "datasets/sampler.h"
#include "melody/contour_window.h"
#include "melody/distortion.h"

namespace melomine::melody {

/// Contours of recordings by recording_id, their rests as they are, hop_s that of the window.
using RecordedContours = std::unordered_map<std::string, dsp::Contour>;

/// All that decides what a batch of recordings' contours holds, beside groups, window and seed.
struct ContourBatchConfig {
  datasets::SamplerConfig sampler;  ///< its voice mask needs sound and must be off
  std::vector<DistortionConfig> distortions;
};

/// Makes batch number `step` of the contours of groups' fragments, as datasets::BatchMaker does of their
/// sound: from (seed, round, step) alone, the same bytes for any number of threads.
class ContourBatchMaker {
 public:
  /// @param contours  of every recording that a fragment is of
  /// @throws ConfigError, DataError as the sampler does, and for a recording without contour
  ContourBatchMaker(std::vector<datasets::FragmentGroup> groups, RecordedContours contours,
                    const ContourBatchConfig& config, const ContourWindow& window,
                    datasets::SamplerSeed seed);

  /// Safe to call from several threads. @param step  >= 0
  /// @param asked  clips whose images are made
  /// @returns features [rows, 2, frames]; same_melody where the song is one
  datasets::Batch make(int64_t step, datasets::BatchRows asked = {}) const;
  /// Clips of the batch.
  int64_t batch_size(int64_t step) const { return static_cast<int64_t>(sampler_->plan(step).clips.size()); }

  int64_t steps_per_epoch() const { return sampler_->steps_per_epoch(); }
  int64_t song_count() const;
  int64_t group_count() const { return static_cast<int64_t>(groups_.size()); }

 private:
  void draw(const datasets::ClipPlan& clip, int64_t step, size_t index, datasets::Batch& batch) const;

  std::vector<datasets::FragmentGroup> groups_;
  RecordedContours contours_;
  ContourWindow window_;
  datasets::SamplerSeed seed_;
  std::unique_ptr<const datasets::Sampler> sampler_;
  Distortions distortions_;
  std::vector<int64_t> song_of_group_;
  std::vector<std::vector<int64_t>> recording_of_fragment_;
};

/// Two batches in one: their clips one after the other, groups, songs and recordings of the second counted on
/// behind those of the first, so that none of one is a positive of the other. Same bins and frames; images
/// are there of neighbours.
/// @param songs, recordings  that the first's material has
datasets::Batch side_by_side(datasets::Batch first, const datasets::Batch& second, int64_t songs,
                             int64_t recordings);

}  // namespace melomine::melody

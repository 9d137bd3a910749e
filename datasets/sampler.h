#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "configs/choice.h"
#include "datasets/fragment_groups.h"
#include "dsp/voice_mask.h"

namespace melomine::datasets {

/// The streams of a training run.
struct SamplerSeed {
  uint64_t seed = 0;
  uint64_t round = 0;  ///< of the mining loop
};

/// One clip of a batch: where in a recording the window lies.
struct ClipPlan {
  size_t group = 0;           ///< index into the groups
  size_t fragment = 0;        ///< index into the group's fragments
  double group_center_s = 0;  ///< the window's centre in group time, common to the group's clips
  double center_s = 0;        ///< the same in the recording
  bool whole_group = false;   ///< the group is shorter than the window: audio outside it is silenced
};

struct BatchPlan {
  int64_t step = 0;
  std::vector<ClipPlan> clips;  ///< clips of a group are neighbours
};

/// Decides what batch number `step` holds, from (seed, round, step) alone: no history, so a resumed run gives
/// the step and goes on, and threads may ask in any order.
class Sampler {
 public:
  virtual ~Sampler() = default;
  virtual int64_t steps_per_epoch() const = 0;
  /// Safe to call from several threads. @param step  >= 0, counted over all epochs
  virtual BatchPlan plan(int64_t step) const = 0;
};

/// A kind of sampler with its settings.
class SamplerKind : public configs::Kind {
 public:
  /// datasets/sampler_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// @param groups    must outlive the sampler; at least two, each with two fragments or more and a weight >
  /// 0
  /// @param window_s  W > 0
  /// @throws ConfigError, DataError
  virtual std::unique_ptr<Sampler> make(const std::vector<FragmentGroup>& groups, double window_s,
                                        SamplerSeed seed) const = 0;
};

/// The kind of the sampler S, which is made of groups, its config, the window and a seed.
template <class S, class Config>
class SamplerKindOf : public configs::KindOf<SamplerKindOf<S, Config>, SamplerKind, Config> {
 public:
  std::unique_ptr<Sampler> make(const std::vector<FragmentGroup>& groups, double window_s,
                                SamplerSeed seed) const override {
    return std::make_unique<S>(groups, this->config, window_s, seed);
  }
};

/// How groups become batches.
using SamplerChoice = configs::Choice<SamplerKind>;

/// How groups become batches, and which of their windows are passed over, whatever the sampler.
struct SamplerConfig {
  SamplerChoice sampler{"groups"};
  dsp::VoiceMask voice;  ///< windows without a voice are drawn again (VoicedDraws)
};
void bind(configs::Binder& b, SamplerConfig& c);

/// Index of the song of each group, numbered in order of first appearance.
std::vector<int64_t> songs_of_groups(const std::vector<FragmentGroup>& groups);
/// Index of the recording of each fragment of each group, numbered likewise over all groups.
std::vector<std::vector<int64_t>> recordings_of_fragments(const std::vector<FragmentGroup>& groups);

/// Ids of all recordings that fragments are of, sorted.
std::vector<std::string> recording_ids(const std::vector<FragmentGroup>& groups);

/// Share of the groups in the batches of the first epoch that weigh more than 1.
/// @param groups  those of the sampler
double share_of_heavier(const Sampler& sampler, const std::vector<FragmentGroup>& groups);

}  // namespace melomine::datasets

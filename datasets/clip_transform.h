#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "configs/choice.h"
#include "core/random.h"
#include "datasets/clip_shape.h"
#include "datasets/recording.h"

namespace melomine::datasets {

/// The clip whose samples are changed, and its batch.
struct ClipContext {
  int sample_rate_hz = 16000;
  int64_t margin_samples = 0;  ///< at either end, outside the window: analysed, then cropped away
  RecordingKind kind = RecordingKind::kOriginal;  ///< of the recording it is from
  std::span<const float> other;  ///< the clip that the effect hears, before `add`; empty: there is none
  RandomStream& random;          ///< the transform's own for this clip, for what is drawn sample by sample
};

/// What a transform has drawn for one clip. It takes part where it has something to do, in this order for the
/// whole batch.
class ClipEffect {
 public:
  virtual ~ClipEffect() = default;
  /// Stretching, shifting and cutting, decided before audio is read.
  virtual void shape(ClipShape&) const {}
  /// What happens to the voice itself: other clips hear it so. Samples are changed in place.
  virtual void sing(std::span<float>, const ClipContext&) const {}
  /// What is heard beside it. Samples are changed in place.
  virtual void add(std::span<float>, const ClipContext&) const {}
  /// What was drawn of samples, for who makes `sing` and `add` elsewhere (datasets/raw_clips.h); the header
  /// of the transform says which number is which.
  virtual std::vector<double> numbers() const { return {}; }
  /// Which of so many other clips of the batch (of other songs where it has any) `add` is given; none: none.
  virtual std::optional<size_t> hears(size_t /*others*/) const { return std::nullopt; }
};

/// A kind of waveform transform with its settings.
class TransformKind : public configs::Kind {
 public:
  /// datasets/transform_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// All that is random about one clip.
  virtual std::unique_ptr<ClipEffect> draw(RandomStream& random) const = 0;
  /// Whether its effect is more than a shape: whether it needs the samples of a clip.
  virtual bool changes_samples() const = 0;
};

/// The kind of the effect E, which is made of its config and a stream.
template <class E, class Config>
class TransformKindOf : public configs::KindOf<TransformKindOf<E, Config>, TransformKind, Config> {
 public:
  std::unique_ptr<ClipEffect> draw(RandomStream& random) const override {
    return std::make_unique<E>(this->config, random);
  }
  /// A member that E does not override is ClipEffect's own.
  bool changes_samples() const override {
    using OfSamples = void (ClipEffect::*)(std::span<float>, const ClipContext&) const;
    return !std::is_same_v<decltype(&E::sing), OfSamples> || !std::is_same_v<decltype(&E::add), OfSamples>;
  }
};

struct ClipTransformConfig {
  configs::Choice<TransformKind> transform;
  double probability = 1;  ///< share of the clips it is applied to
};
void bind(configs::Binder& b, ClipTransformConfig& c);

/// The waveform augmentations of Amatov et al. 2023, section 5.1.
std::vector<ClipTransformConfig> paper_transforms();

/// Binds a list of transforms under a key. Older versions had one map there, `{mix_probability: 0.8, …}`, in
/// which a probability of 0 switched a transform off; it is read as the list that it means.
void bind_transforms(configs::Binder& b, std::string_view key, std::vector<ClipTransformConfig>& transforms);

}  // namespace melomine::datasets

#pragma once

#include <cstdint>
#include <vector>

#include "configs/choice.h"
#include "core/random.h"
#include "dsp/contour.h"

namespace melomine::melody {

/// A contour and the moment that a window is cut about.
struct CentredContour {
  dsp::Contour contour;
  double centre = 0;  ///< frames from the contour's start; fractions are inside a frame
};

/// A kind of distortion of contours with its settings (system D's rule-based augmentations). Contours still
/// have their rests. What moves frames moves the centre along.
class DistortionKind : public configs::Kind {
 public:
  /// melody/distortion_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// Changes the contour in place; all that is random comes from the stream.
  virtual void apply(CentredContour& centred, RandomStream& random) const = 0;
};

/// The kind whose settings are a Config, beside which stands `distort(centred, config, random)`.
template <class Config>
class DistortionKindOf : public configs::KindOf<DistortionKindOf<Config>, DistortionKind, Config> {
 public:
  void apply(CentredContour& centred, RandomStream& random) const override {
    distort(centred, this->config, random);
  }
};

struct DistortionConfig {
  configs::Choice<DistortionKind> distortion;
  double probability = 1;  ///< share of the contours it is applied to
};
void bind(configs::Binder& b, DistortionConfig& c);

/// A list of distortions, applied one after the other.
class Distortions {
 public:
  explicit Distortions(std::vector<DistortionConfig> list);

  /// Each draws from a stream of its own, named by its type: one that is added, left out or changed leaves
  /// the draws of the others as they were.
  /// @param key  of the contour
  void apply(CentredContour& centred, uint64_t key) const;

 private:
  struct Entry {
    DistortionConfig config;
    uint64_t stream = 0;
  };
  std::vector<Entry> entries_;
};

}  // namespace melomine::melody

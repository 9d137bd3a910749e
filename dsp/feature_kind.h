#pragma once

#include <cstdint>
#include <memory>

#include "configs/choice.h"
#include "dsp/feature_extractor.h"

namespace melomine::dsp {

/// A kind of feature with its settings.
class FeatureKind : public configs::Kind {
 public:
  /// dsp/feature_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// What must hold between the settings and the frames.
  virtual void require(configs::Binder&, const FrameGrid&) const {}
  /// @throws ConfigError when the settings make no sense together (a CQT reaching above Nyquist, a hop of 0)
  virtual std::unique_ptr<FeatureExtractor> make(const FrameGrid& grid) const = 0;
};

/// The kind of the feature E, which is made of its config and a grid, and has a `require` for both.
template <class E, class Config>
class FeatureKindOf : public configs::KindOf<FeatureKindOf<E, Config>, FeatureKind, Config> {
 public:
  void require(configs::Binder& b, const FrameGrid& grid) const override {
    if constexpr (requires { E::require(b, this->config, grid); }) E::require(b, this->config, grid);
  }
  std::unique_ptr<FeatureExtractor> make(const FrameGrid& grid) const override {
    return std::make_unique<E>(this->config, grid);
  }
};

struct FeatureConfig {
  configs::Choice<FeatureKind> feature{"cqt"};
  FrameGrid grid;  ///< its fields stand beside the feature's
};
void bind(configs::Binder& b, FeatureConfig& c);

/// @throws ConfigError as FeatureKind::make
std::unique_ptr<FeatureExtractor> make_feature_extractor(const FeatureConfig& config);

}  // namespace melomine::dsp

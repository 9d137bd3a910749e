#pragma once

#include "evaluation/system.h"
#include "pitch/f0.h"
#include "retrieval/contour_match.h"

namespace melomine::evaluation {

struct BaselineConfig {
  pitch::F0Config f0;
  retrieval::ContourConfig contour;
};
void bind(configs::Binder& b, BaselineConfig& c);

/// The baseline, without learning: pitch contours, from f0 or from a score's notes
/// (retrieval/contour_match.h).
class BaselineSystem : public System {
 public:
  explicit BaselineSystem(BaselineConfig config) : config_(std::move(config)) {}
  std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const override;

 private:
  BaselineConfig config_;
};

}  // namespace melomine::evaluation

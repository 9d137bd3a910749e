#include "datasets/transforms/pitch_shift.h"

#include <cmath>

namespace melomine::datasets {
namespace {

class PitchShift : public ClipEffect {
 public:
  PitchShift(const PitchShiftConfig& config, RandomStream& random)
      : semitones_(config.middle_semitones + random.uniform(-config.semitones, config.semitones)) {}
  void shape(ClipShape& shape) const override { shape.semitones += semitones_; }

 private:
  double semitones_;
};

}  // namespace

void bind(configs::Binder& b, PitchShiftConfig& c) {
  b.number("semitones", c.semitones, configs::between(0, 24), "pitch moves by up to this, either way");
  b.number("middle_semitones", c.middle_semitones, configs::between(-12, 12), "middle of these shifts");
  b.require(c.semitones + std::abs(c.middle_semitones) <= 24, "semitones",
            "shifts must be at most 24 semitones");
}

configs::KindEntry pitch_shift_kind() {
  return configs::kind<TransformKindOf<PitchShift, PitchShiftConfig>>("pitch_shift",
                                                                      "pitch moves, tempo stays");
}

}  // namespace melomine::datasets

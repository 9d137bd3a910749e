#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace melomine::dsp {

/// A feature [F, T], row-major: bin f of frame t is values[f * frames + t]. Frame t is centred on t * hop_s.
struct FeatureMatrix {
  int64_t bins = 0;
  int64_t frames = 0;
  double hop_s = 0;
  std::vector<float> values;

  float at(int64_t bin, int64_t frame) const { return values[static_cast<size_t>(bin * frames + frame)]; }
};

}  // namespace melomine::dsp

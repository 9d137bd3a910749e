#include "datasets/front_end.h"

#include <cmath>

namespace melomine::datasets {

void bind(configs::Binder& b, WindowConfig& c) {
  b.number("length_s", c.length_s, configs::above(0), "length of an analysis window (W), seconds");
  b.number("step_s", c.step_s, configs::above(0), "between fingerprints of a sequence (S), seconds");
  b.number("context_s", c.context_s, configs::at_least(0),
           "real audio analysed on both sides of a training window, then cropped away, seconds");
}

void bind(configs::Binder& b, FrontEnd& c) {
  b.nested("features", c.features, "what the encoder sees of the audio");
  b.nested("window", c.window, "analysis windows");
  b.number("floor_db", c.floor_db, configs::above(0), "decibels under a window's loudest bin that become 0");
  b.boolean("on_device", c.on_device,
            "compute the feature (cqt) by libtorch, many clips at once on the encoder's device");
  b.require(!c.on_device || c.features.feature.type() == "cqt", "on_device",
            "only features: {type: cqt} is computed on the device");
  b.boolean("augment_on_device", c.augment_on_device,
            "with on_device: in training, apply the waveform transforms on the encoder's device, too");
  b.require(!c.augment_on_device || c.on_device, "augment_on_device",
            "what is augmented on the device is heard there: set on_device: true as well");
}

int64_t window_frames(const WindowConfig& window, const dsp::FeatureConfig& features) {
  return std::llround(window.length_s * static_cast<double>(features.grid.sample_rate_hz) /
                      static_cast<double>(features.grid.hop_samples));
}

int64_t context_frames(const WindowConfig& window, const dsp::FrameGrid& grid) {
  return static_cast<int64_t>(std::ceil(window.context_s * static_cast<double>(grid.sample_rate_hz) /
                                        static_cast<double>(grid.hop_samples)));
}

}  // namespace melomine::datasets

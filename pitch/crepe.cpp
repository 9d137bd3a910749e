#include "pitch/crepe.h"

#include "core/sha256.h"
#include "pitch/crepe_path.h"
#include "pitch/crepe_weights.h"

namespace melomine::pitch {
namespace {

class CrepeKind : public configs::KindOf<CrepeKind, F0Kind, CrepeConfig> {
 public:
  std::unique_ptr<F0Tracker> make(const F0Range& range) const override {
    return std::make_unique<CrepeTracker>(config, range);
  }
  void make_comparable() override {
    config.weights = sha256_of_file(config.weights);
    config.batch_frames = CrepeConfig{}.batch_frames;
  }
};

}  // namespace

void bind(configs::Binder& b, CrepeConfig& c) {
  b.path("weights", c.weights,
         "of the network, as published for Keras (.h5) or PyTorch (.pth); must be given");
  b.number("voicing", c.voicing, configs::between(0, 1),
           "a frame is voiced where its bin's activation is this");
  b.boolean("viterbi", c.viterbi, "the most likely path; otherwise each frame's strongest bin");
  b.integer("batch_frames", c.batch_frames, configs::between(1, 4096),
            "frames computed at a time; changes speed and memory alone");
  b.require(!c.weights.empty(), "weights", "must be given: a file of CREPE's weights");
}

configs::KindEntry crepe_kind() {
  return configs::kind<CrepeKind>("crepe", "CREPE: a convolutional network, then the most likely path");
}

CrepeTracker::CrepeTracker(const CrepeConfig& config, const F0Range& range)
    : config_(config), range_(range), network_(read_crepe_weights(config.weights)) {}

dsp::FeatureMatrix CrepeTracker::activations(std::span<const float> samples, int sample_rate_hz) const {
  return network_.activations(samples, sample_rate_hz,
                              {.hop_s = range_.hop_s, .batch_frames = config_.batch_frames});
}

dsp::F0Track CrepeTracker::track(std::span<const float> samples, int sample_rate_hz) const {
  return decode_crepe(activations(samples, sample_rate_hz), {.fmin_hz = range_.fmin_hz,
                                                             .fmax_hz = range_.fmax_hz,
                                                             .voicing = config_.voicing,
                                                             .viterbi = config_.viterbi});
}

}  // namespace melomine::pitch

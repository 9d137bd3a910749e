#include "datasets/transforms/reverb.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <vector>

#include "dsp/fft.h"

namespace melomine::datasets {
namespace {

constexpr int64_t kRoomBlock = 16384;  // samples of the clip convolved at once

class Reverb : public ClipEffect {
 public:
  Reverb(const ReverbConfig& config, RandomStream& random)
      : room_{.decay_s = random.uniform(config.min_decay_s, config.max_decay_s),
              .wet_db = random.uniform(config.min_wet_db, config.max_wet_db)} {}
  void sing(std::span<float> clip, const ClipContext& context) const override {
    add_room(clip, room_, context.sample_rate_hz, context.random);
  }
  std::vector<double> numbers() const override { return {room_.decay_s, room_.wet_db}; }

 private:
  Room room_;
};

/// The room without the direct sound, down to -60 dB.
std::vector<float> room_response(const Room& room, int sample_rate_hz, RandomStream& random) {
  const auto count = static_cast<size_t>(room_samples(room.decay_s, sample_rate_hz));
  const double fall = std::log(1000.0) / (room.decay_s * sample_rate_hz);
  std::vector<double> response(count);
  double energy = 0;
  for (size_t i = 0; i < count; ++i) {
    response[i] = random.normal() * std::exp(-fall * static_cast<double>(i));
    energy += response[i] * response[i];
  }
  const double scale = energy > 0 ? std::pow(10.0, room.wet_db / 20) / std::sqrt(energy) : 0;
  std::vector<float> scaled(count);
  for (size_t i = 0; i < count; ++i) scaled[i] = static_cast<float>(scale * response[i]);
  return scaled;
}

}  // namespace

void bind(configs::Binder& b, ReverbConfig& c) {
  b.number("min_decay_s", c.min_decay_s, configs::Range{0, 10, true, false},
           "shortest time to fall by 60 dB, s");
  b.number("max_decay_s", c.max_decay_s, configs::Range{0, 10, true, false},
           "longest time to fall by 60 dB, s");
  b.number("min_wet_db", c.min_wet_db, configs::between(-80, 40),
           "least energy of the room against the voice, dB");
  b.number("max_wet_db", c.max_wet_db, configs::between(-80, 40),
           "most energy of the room against the voice, dB");
  b.require(c.min_decay_s <= c.max_decay_s, "min_decay_s", "must not be above max_decay_s");
  b.require(c.min_wet_db <= c.max_wet_db, "min_wet_db", "must not be above max_wet_db");
}

configs::KindEntry reverb_kind() {
  return configs::kind<TransformKindOf<Reverb, ReverbConfig>>("reverb", "a room answers the voice");
}

int64_t room_samples(double decay_s, int sample_rate_hz) {
  return static_cast<int64_t>(std::max(1.0, std::ceil(decay_s * sample_rate_hz)));
}

void add_room(std::span<float> clip, const Room& room, int sample_rate_hz, RandomStream& random) {
  if (clip.empty()) return;
  const std::vector<float> response = room_response(room, sample_rate_hz, random);
  int64_t size = 2;
  while (size < kRoomBlock + static_cast<int64_t>(response.size())) size *= 2;
  dsp::RealFft& fft = dsp::thread_fft(size);
  std::vector<float> padded(static_cast<size_t>(size));
  std::vector<std::complex<float>> filter(static_cast<size_t>(fft.bins())), spectrum(filter.size());
  std::copy(response.begin(), response.end(), padded.begin());
  fft.forward(padded, filter);
  const std::vector<float> dry(clip.begin(), clip.end());
  const auto count = static_cast<int64_t>(dry.size());
  for (int64_t begin = 0; begin < count; begin += kRoomBlock) {  // overlap-add
    std::fill(padded.begin(), padded.end(), 0.0F);
    std::copy(dry.begin() + begin, dry.begin() + std::min(count, begin + kRoomBlock), padded.begin());
    fft.forward(padded, spectrum);
    for (size_t bin = 0; bin < spectrum.size(); ++bin) spectrum[bin] *= filter[bin];
    fft.inverse(spectrum, padded);
    for (int64_t i = 0; i < std::min(size, count - begin); ++i)
      clip[static_cast<size_t>(begin + i)] += padded[static_cast<size_t>(i)];
  }
}

}  // namespace melomine::datasets

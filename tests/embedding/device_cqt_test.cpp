#include "embedding/device_cqt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/random.h"
#include "datasets/clip_samples.h"
#include "datasets/feature_images.h"
#include "dsp/log_magnitude.h"
#include "embedding/clip_hearing.h"
#include "embedding/encoder_embedder.h"
#include "embedding/front_end_kind.h"
#include "models/resnet.h"

namespace melomine::embedding {
namespace {

/// A voice with partials over noise, that wanders.
std::vector<float> song(int64_t samples, int rate_hz, uint64_t seed) {
  std::vector<float> sound(static_cast<size_t>(samples));
  RandomStream random({seed});
  double phase = 0;
  for (size_t i = 0; i < sound.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    phase += 2 * std::numbers::pi * (180 + 60 * std::sin(1.3 * t) + 5 * std::sin(35 * t)) / rate_hz;
    double value = 0.01 * random.normal();
    for (int partial = 1; partial <= 9; ++partial) value += 0.3 / partial * std::sin(partial * phase);
    sound[i] = static_cast<float>(value);
  }
  return sound;
}

torch::Tensor as_tensor(const std::vector<float>& samples) {
  return torch::tensor(samples).view({1, -1});
}

class DeviceCqtOf : public ::testing::TestWithParam<dsp::CqtConfig> {};

TEST_P(DeviceCqtOf, IsTheProcessorsTransformWithinAHundredth) {
  const dsp::CqtConfig config = GetParam();
  const auto samples = song(5 * config.sample_rate_hz, static_cast<int>(config.sample_rate_hz), 4);
  const dsp::Cqt cqt(config);
  const dsp::FeatureMatrix expected = cqt.magnitude(samples);
  const auto found = DeviceCqt(config, torch::kCPU).magnitude(as_tensor(samples), 0, expected.frames);
  ASSERT_EQ(found.sizes(), torch::IntArrayRef({1, expected.bins, expected.frames}));
  const float loudest = *std::max_element(expected.values.begin(), expected.values.end());
  const auto values = found.contiguous();
  // Of magnitudes down to 30 dB under the loudest; below, what the processor's half-band filters let through
  // tells.
  const double floor = loudest * std::pow(10.0, -30.0 / 20);
  double worst = 0;
  for (size_t i = 0; i < expected.values.size(); ++i)
    worst = std::max(worst, std::abs(double(values.data_ptr<float>()[i]) - expected.values[i]) /
                                std::max(double(expected.values[i]), floor));
  EXPECT_LT(worst, 0.01);
}

INSTANTIATE_TEST_SUITE_P(Shapes, DeviceCqtOf,
                         ::testing::Values(dsp::CqtConfig{},
                                           dsp::CqtConfig{
                                               .hop_samples = 441, .bins_per_octave = 36, .octaves = 6},
                                           dsp::CqtConfig{.sample_rate_hz = 22050,
                                                          .hop_samples = 256,
                                                          .bins_per_octave = 48,
                                                          .octaves = 5,
                                                          .fmin_hz = 110}));

TEST(DeviceCqt, FramesMayBeginAnywhereAndSilenceLiesAround) {
  const dsp::CqtConfig config;
  const auto samples = as_tensor(song(3 * 16000, 16000, 5));
  const DeviceCqt cqt(config, torch::kCPU);
  const auto all = cqt.magnitude(samples, -20, 160);
  EXPECT_TRUE(torch::allclose(cqt.magnitude(samples, 7, 30), all.narrow(2, 27, 30), 1e-4, 1e-6));
  EXPECT_EQ(all.select(2, 0).abs().max().item<float>(), 0) << "20 hops before the sound";
  EXPECT_EQ(cqt.magnitude(samples, 400, 3).abs().max().item<float>(), 0) << "long after it";
}

TEST(DeviceCqt, ManyClipsAreEachAlone) {
  const auto a = as_tensor(song(16000, 16000, 6)), b = as_tensor(song(16000, 16000, 7));
  const DeviceCqt cqt({}, torch::kCPU);
  const auto both = cqt.magnitude(torch::cat({a, b}), 0, 31);
  EXPECT_TRUE(torch::allclose(both[0], cqt.magnitude(a, 0, 31)[0], 1e-4, 1e-6));
  EXPECT_TRUE(torch::allclose(both[1], cqt.magnitude(b, 0, 31)[0], 1e-4, 1e-6));
}

TEST(NormalisedLogMagnitude, IsThatOfDspForEachWindow) {
  torch::manual_seed(3);
  auto windows = torch::rand({3, 5, 4}).pow(6);
  windows[1].zero_();
  const auto found = normalised_log_magnitude(windows, 45).contiguous();
  for (int64_t w = 0; w < 3; ++w) {
    auto expected = windows[w].contiguous().clone();
    dsp::normalise_log_magnitude({expected.data_ptr<float>(), 20}, 45);
    EXPECT_TRUE(torch::allclose(found[w], expected, 1e-4, 1e-5)) << w;
  }
}

datasets::FrontEnd front_end(bool on_device) {
  datasets::FrontEnd made;
  made.on_device = on_device;
  return made;
}

TEST(OnDevice, ImagesOfTrainingClipsAreThoseOfTheProcessor) {
  FrontEndChoice choice("image");
  choice.settings<datasets::FrontEnd>() = front_end(true);
  const datasets::FeatureImages drawn(front_end(false));
  const auto view = choice->clip_view();
  const datasets::ClipSamples& clips = dynamic_cast<const datasets::ClipSamples&>(*view.images);
  const auto hearing = choice->clip_hearing("cpu");
  ASSERT_NE(hearing, nullptr);
  const auto samples = song(clips.columns(), 16000, 8);
  auto clip = torch::zeros({1, 1, 1, clips.columns()});
  const int64_t first = clips.context_samples() / clips.hop_samples();
  clips.draw(samples, first, {clip.data_ptr<float>(), static_cast<size_t>(clips.columns())});
  const auto found = hearing->hear(clip, {});
  auto expected = torch::zeros({1, 1, drawn.rows(), drawn.columns()});
  drawn.draw(samples, first, {expected.data_ptr<float>(), static_cast<size_t>(expected.numel())});
  ASSERT_EQ(found.sizes(), expected.sizes());
  EXPECT_LT((found - expected).abs().max().item<float>(), 0.01);
  EXPECT_EQ(FrontEndChoice("image")->clip_hearing("cpu"), nullptr) << "by default images are drawn";
}

TEST(OnDevice, FingerprintsOfRecordingsAreThoseOfTheProcessor) {
  models::EncoderConfig config;
  config.network.settings<models::ResNetConfig>().width = 4;
  config.shape.embedding_dim = 16;
  const auto encoder = models::make_encoder(config, 3);
  encoder->eval();
  // Shorter than a window, no whole number of steps, several batches.
  for (const double seconds : {1.0, 4.1, 20.0}) {
    const dsp::AudioBuffer audio{.samples = song(static_cast<int64_t>(seconds * 16000), 16000, 9)};
    const auto expected = EncoderEmbedder(encoder, front_end(false), torch::kCPU, 16).embed(audio);
    const auto found = EncoderEmbedder(encoder, front_end(true), torch::kCPU, 16).embed(audio);
    ASSERT_EQ(found.steps, expected.steps);
    for (int64_t t = 0; t < found.steps; ++t) {
      double product = 0;
      for (int64_t d = 0; d < found.dim; ++d)
        product += double(found.row(t)[static_cast<size_t>(d)]) * expected.row(t)[static_cast<size_t>(d)];
      EXPECT_GT(product, 0.999) << seconds << " s, window " << t;
    }
  }
}

}  // namespace
}  // namespace melomine::embedding

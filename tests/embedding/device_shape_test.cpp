#include "embedding/device_shape.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "dsp/sinc_resample.h"
#include "dsp/wsola.h"
#include "embedding/device_wsola.h"
#include "tests/embedding/made_sounds.h"

namespace melomine::embedding {
namespace {

using testing::kRate_hz;
using testing::Sound;

struct Agreement {
  int64_t places = 0, equal = 0;
  double share() const { return static_cast<double>(equal) / static_cast<double>(places); }
};

/// How many segments of all sounds, stretched side by side, begin where the processor's do.
Agreement agreement(const std::vector<Sound>& sounds, const std::vector<double>& tempos,
                    int rate_hz = kRate_hz) {
  std::vector<int64_t> lengths, counts;
  for (size_t i = 0; i < sounds.size(); ++i) {
    lengths.push_back(static_cast<int64_t>(sounds[i].size()));
    counts.push_back(static_cast<int64_t>(static_cast<double>(sounds[i].size()) / tempos[i]));
  }
  const auto found =
      DeviceWsola(testing::side_by_side(sounds), lengths, rate_hz).places(tempos, counts).contiguous();
  Agreement all;
  for (size_t i = 0; i < sounds.size(); ++i) {
    const auto expected = dsp::wsola_places(sounds[i], dsp::wsola_grid(rate_hz), tempos[i], counts[i]);
    for (size_t k = 0; k < expected.size(); ++k) {
      ++all.places;
      all.equal += found[static_cast<int64_t>(i)][static_cast<int64_t>(k)].item<int64_t>() == expected[k];
    }
  }
  return all;
}

const std::vector<double> kTempos = {0.3, 0.7, 0.8, 0.93, 1.07, 1.25, 1.6, 3.5};

TEST(DeviceWsola, SegmentsOfVoicesBeginWhereTheProcessorsDo) {
  std::vector<Sound> voices;
  for (size_t i = 0; i < kTempos.size(); ++i)
    voices.push_back(testing::voice(30000 + 5000 * static_cast<int64_t>(i), i));
  const Agreement found = agreement(voices, kTempos);
  EXPECT_EQ(found.equal, found.places);
  EXPECT_GT(found.places, 1000);
}

TEST(DeviceWsola, SegmentsOfNoiseBeginWhereTheProcessorsDo) {
  std::vector<Sound> noises;
  for (size_t i = 0; i < kTempos.size(); ++i) noises.push_back(testing::white(40000, i));
  const Agreement found = agreement(noises, kTempos);
  EXPECT_EQ(found.equal, found.places);
}

/// Of a tone, places a period apart are equally good to rounding, and once one is another all that follow
/// are. So it is not asked of all.
TEST(DeviceWsola, SegmentsOfTonesBeginWhereTheProcessorsDoButForTies) {
  std::vector<Sound> tones;
  for (size_t i = 0; i < kTempos.size(); ++i)
    tones.push_back(testing::sine(40000, 111.7 * std::exp2(0.4 * static_cast<double>(i))));
  EXPECT_GT(agreement(tones, kTempos).share(), 0.9);
}

TEST(DeviceWsola, OtherRatesAndSoundsThatBeginAndEndInSilence) {
  for (const int rate_hz : {4000, 8000, 22050, 44100}) {
    std::vector<Sound> sounds = {testing::voice(rate_hz, 3, rate_hz), testing::white(rate_hz / 3, 4),
                                 Sound(static_cast<size_t>(rate_hz))};
    std::fill_n(sounds[0].begin(), rate_hz / 4, 0.0F);
    std::fill(sounds[0].end() - rate_hz / 4, sounds[0].end(), 0.0F);
    const Agreement found = agreement(sounds, {1.21, 0.87, 1.1}, rate_hz);
    EXPECT_EQ(found.equal, found.places) << rate_hz << " Hz";
  }
}

/// Where a sound breaks off just before a segment is to go on, the coarse search still hears its end, and the
/// exact one finds nothing alike.
TEST(DeviceWsola, SegmentsBehindASoundThatBreaksOffBeginWhereTheProcessorsDo) {
  const dsp::WsolaGrid grid = dsp::wsola_grid(kRate_hz);
  constexpr double kTempo = 1.2;
  constexpr int64_t kSung = 4000, kCount = 3300;
  std::vector<Sound> broken;
  for (uint64_t i = 0; broken.size() < 30; ++i) {
    ASSERT_LT(i, 1000U);
    const size_t k = 2 + i % 7;
    Sound sound = testing::voice(kSung, i);
    const int64_t end = dsp::wsola_places(sound, grid, kTempo, kCount).at(k) + grid.overlap;
    std::fill(sound.begin() + end, sound.end(), 0.0F);
    const bool goes_on_there = dsp::wsola_places(sound, grid, kTempo, kCount).at(k) + grid.overlap == end;
    if (end % grid.decimation != 0 && goes_on_there) broken.push_back(sound);
  }
  const Agreement found = agreement(broken, std::vector<double>(broken.size(), kTempo));
  EXPECT_EQ(found.equal, found.places);
}

TEST(DeviceWsola, ASignalShorterThanASegmentAndOneAlone) {
  EXPECT_EQ(agreement({testing::white(100, 1), testing::voice(30000, 2)}, {0.8, 1.2}).share(), 1);
  EXPECT_EQ(agreement({testing::voice(30000, 2)}, {1.2}).share(), 1);
}

TEST(DeviceResample, ReadsWhatTheProcessorReads) {
  const std::vector<double> steps = {0.25, 0.5, 0.793, 0.9999, 1.0001, 1.26, 1.7, 4};
  constexpr int64_t kCount = 9000;
  std::vector<Sound> sounds;
  for (size_t i = 0; i < steps.size(); ++i) sounds.push_back(testing::voice(8000 + 10 * i, i));
  const auto places = torch::arange(kCount).expand({static_cast<int64_t>(steps.size()), kCount});
  const auto found = device_resample(testing::side_by_side(sounds), places, steps);
  for (size_t i = 0; i < steps.size(); ++i)
    EXPECT_LT(
        testing::worst_error(found[static_cast<int64_t>(i)], dsp::sinc_resample(sounds[i], steps[i], kCount)),
        1e-4)
        << "step " << steps[i];
}

/// Source windows for such shapes, of voices.
struct Shaped {
  explicit Shaped(const std::vector<datasets::ClipShape>& shapes, int64_t target_samples) {
    for (const datasets::ClipShape& shape : shapes) {
      sources.push_back(testing::voice(datasets::source_samples(shape, target_samples), sources.size()));
      expected.push_back(datasets::reshape_clip(sources.back(), shape, target_samples, kRate_hz));
    }
    found = device_reshape(testing::side_by_side(sources), shapes, target_samples, kRate_hz);
  }
  std::vector<Sound> sources;
  std::vector<Sound> expected;
  torch::Tensor found;
};

TEST(DeviceReshape, StretchesShiftsAndCutsAsTheProcessor) {
  const std::vector<datasets::Cut> cuts = {{0, 100}, {0.2, 500}, {0.2, 500}, {0.77, 1}, {0.99999, 300}};
  const Shaped all({{},
                    {1, 0, cuts},
                    {0.8, 0, {}},
                    {1.25, 0, cuts},
                    {1, 4, {}},
                    {1, -4, cuts},
                    {1.1, 2.3, cuts},
                    {0.9, -3.3, {}},
                    {std::exp2(1.0 / 12), 1, {}},  // no WSOLA, only a resampling
                    {0.25, 24, {}},
                    {4, -24, cuts}},
                   20000);
  for (size_t i = 0; i < all.expected.size(); ++i)
    EXPECT_LT(testing::worst_error(all.found[static_cast<int64_t>(i)], all.expected[i]), 1e-3)
        << "shape " << i;
  EXPECT_EQ(testing::worst_error(all.found[0], all.sources[0]), 0) << "nothing to do";
  EXPECT_EQ(testing::worst_error(all.found[1], all.expected[1]), 0) << "samples are only left out";
}

TEST(DeviceReshape, OneClipAloneIsAsItIsAmongOthers) {
  const datasets::ClipShape shape{1.17, -2.2, {{0.5, 500}}};
  const auto alone = Shaped({shape}, 15000).found;
  const auto among = Shaped({shape, {0.8, 3, {}}, {}}, 15000).found;
  EXPECT_TRUE(torch::allclose(alone[0], among[0], 1e-4, 1e-5));
}

TEST(DeviceReshape, RefusesWhatTheProcessorRefuses) {
  EXPECT_THROW(device_reshape(torch::zeros({1, 5000}), {{5, 0, {}}}, 1000, kRate_hz), ConfigError);
}

}  // namespace
}  // namespace melomine::embedding

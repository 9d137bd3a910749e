#include "datasets/batch_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#include <cmath>
#include <map>
#include <numbers>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"
#include "datasets/audio_shard.h"
#include "datasets/group_dataset.h"
#include "datasets/group_sampler.h"
#include "datasets/prefetch.h"
#include "tests/support/made_audio.h"
#include "tests/support/temp_folder.h"

namespace melomine::datasets {
namespace {

constexpr int kGlideRate_hz = 16000;
constexpr double kGlide_s = 12;
constexpr double kOctaves = 4, kLowest_hz = 110;

/// Group time of each moment of a recording, with what lies around it.
struct PlantedRecording {
  double duration_s = 0;
  std::vector<LinearMap> map;
};

/// Sound whose pitch tells group time: it rises kOctaves in kGlide_s, on and on before and after. In the
/// recording, time runs as the time map says.
std::vector<float> render(const PlantedRecording& recording) {
  std::vector<float> samples(static_cast<size_t>(recording.duration_s * kGlideRate_hz));
  double phase = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kGlideRate_hz;
    size_t p = 0;
    while (p + 1 < recording.map.size() && t >= recording.map[p].to.end_s) ++p;
    const LinearMap& piece = recording.map[p];
    const double group_s =
        piece.from.start_s + (t - piece.to.start_s) * piece.from.duration_s() / piece.to.duration_s();
    phase += 2 * std::numbers::pi * kLowest_hz * std::exp2(kOctaves * group_s / kGlide_s) / kGlideRate_hz;
    samples[i] = static_cast<float>(0.3 * std::sin(phase));
  }
  return samples;
}

/// Groups of four recordings: the original, a fast and a slow hum, and a hum that changes tempo on the way.
class PlantedCorpus {
 public:
  explicit PlantedCorpus(int group_count) {
    const std::vector<PlantedRecording> kinds = {
        {16, {{{0, kGlide_s}, {2, 2 + kGlide_s}}}},
        {12, {{{0, kGlide_s}, {1, 1 + kGlide_s / 1.25}}}},
        {19, {{{0, kGlide_s}, {3, 3 + kGlide_s / 0.8}}}},
        {15, {{{0, 5}, {1, 1 + 5 / 1.25}}, {{5, kGlide_s}, {5, 5 + 7 / 0.8}}}}};
    for (size_t k = 0; k < kinds.size(); ++k) audio_["r" + std::to_string(k)] = render(kinds[k]);
    for (int g = 0; g < group_count; ++g) {
      FragmentGroup group{"g" + std::to_string(g), "s" + std::to_string(g), kGlide_s, {}};
      for (size_t k = 0; k < kinds.size(); ++k)
        group.fragments.push_back({"r" + std::to_string(k),
                                   k == 0 ? RecordingKind::kOriginal : RecordingKind::kHumming,
                                   {kinds[k].map.front().to.start_s, kinds[k].map.back().to.end_s},
                                   kinds[k].map});
      groups.push_back(group);
    }
  }

  AudioReader reader() const { return melomine::testing::reader_of(audio_); }

  std::vector<FragmentGroup> groups;

 private:
  std::map<std::string, std::vector<float>> audio_;
};

constexpr double kFloor_db = 80;  // deep, so that levels can be read back

BatchConfig plain_config() {
  BatchConfig config;
  config.augment.clear();
  config.floor_db = kFloor_db;
  return config;
}

/// Strength-weighted centre of the loudest bin and its two neighbours.
double loudest_bin(const Batch& batch, int64_t clip, int64_t frame) {
  const auto at = [&](int64_t bin) {
    return static_cast<double>(
        batch.features[static_cast<size_t>((clip * batch.bins + bin) * batch.frames + frame)]);
  };
  int64_t best = 1;
  for (int64_t bin = 1; bin + 1 < batch.bins; ++bin)
    if (at(bin) > at(best)) best = bin;
  const double a = at(best - 1), b = at(best), c = at(best + 1);
  return static_cast<double>(best) + 0.5 * (a - c) / (a - 2 * b + c);
}

/// Group time shown by a CQT frame: bin b is C1 * 2^(b/12).
double shown_group_s(const Batch& batch, int64_t clip, int64_t frame) {
  const double hz = 32.70319566257483 * std::exp2(loudest_bin(batch, clip, frame) / 12);
  return std::log2(hz / kLowest_hz) * kGlide_s / kOctaves;
}

/// T = 94: the window's centre lies between frames 46 and 47.
double shown_at_center_s(const Batch& batch, int64_t clip) {
  return 0.5 *
         (shown_group_s(batch, clip, (batch.frames - 1) / 2) + shown_group_s(batch, clip, batch.frames / 2));
}

/// The pitch moves by a semitone in 250 ms; the CQT's own blur of so steep a chirp stays below this.
constexpr double kShownTolerance_s = 0.06;

TEST(PropertyBatchMaker, AllMembersShowTheSameGroupTimeAtTheirCentre) {
  const PlantedCorpus corpus(8);
  const BatchMaker maker(corpus.groups, corpus.reader(), plain_config(), {1, 0});
  ASSERT_EQ(maker.frames(), 94);
  for (int64_t step = 0; step < 6; ++step) {
    const Batch batch = maker.make(step);
    const BatchPlan plan = maker.sampler().plan(step);
    ASSERT_EQ(batch.size, 32);
    for (int64_t i = 0; i < batch.size; ++i) {
      const ClipPlan& clip = plan.clips[static_cast<size_t>(i)];
      EXPECT_NEAR(shown_at_center_s(batch, i), clip.group_center_s, kShownTolerance_s)
          << "step " << step << ", fragment " << clip.fragment;
    }
  }
}

TEST(PropertyBatchMaker, TheCentreSurvivesTimeStretching) {
  const PlantedCorpus corpus(8);
  BatchConfig config = plain_config();
  config.augment.resize(1);
  config.augment[0].transform.choose("time_stretch");
  const BatchMaker maker(corpus.groups, corpus.reader(), config, {1, 0});
  double worst = 0;
  for (int64_t step = 0; step < 3; ++step) {
    const Batch batch = maker.make(step);
    const BatchPlan plan = maker.sampler().plan(step);
    for (int64_t i = 0; i < batch.size; ++i)
      worst = std::max(
          worst, std::abs(shown_at_center_s(batch, i) - plan.clips[static_cast<size_t>(i)].group_center_s));
  }
  // WSOLA moves its segments by up to some tens of milliseconds; a window's end would be off by 375.
  EXPECT_LT(worst, kShownTolerance_s + 0.06);
}

TEST(BatchMaker, TheEdgesOfAWindowSeeRealAudio) {
  // A steady tone of 55 Hz (A1, bin 9) is as loud in the first and last frame as in the middle. Zeros at the
  // edges would take half of the wavelet there: 6 dB of the 80.
  const PlantedCorpus corpus(8);
  const AudioReader tone = melomine::testing::reader_of([](const std::string&, int64_t sample) {
    return 0.3 * std::sin(2 * std::numbers::pi * 55 * static_cast<double>(sample) / kGlideRate_hz);
  });
  const auto level = [](const Batch& batch, int64_t frame) {
    return batch.features[static_cast<size_t>(9 * batch.frames + frame)] * kFloor_db;
  };
  const Batch batch = BatchMaker(corpus.groups, tone, plain_config(), {2, 0}).make(0);
  EXPECT_NEAR(level(batch, 0), level(batch, 46), 0.2);
  EXPECT_NEAR(level(batch, 93), level(batch, 46), 0.2);
  BatchConfig bare_config = plain_config();
  bare_config.window.context_s = 0;
  const Batch bare = BatchMaker(corpus.groups, tone, bare_config, {2, 0}).make(0);
  EXPECT_NEAR(level(bare, 0), level(bare, 46) - 6, 0.5);
}

TEST(BatchMaker, LabelsTellGroupSongAndDomain) {
  const PlantedCorpus corpus(12);
  const BatchMaker maker(corpus.groups, corpus.reader(), plain_config(), {3, 0});
  const Batch batch = maker.make(1);
  const BatchPlan plan = maker.sampler().plan(1);
  ASSERT_EQ(batch.groups.size(), static_cast<size_t>(batch.size));
  EXPECT_EQ(batch.step, 1);
  EXPECT_EQ(batch.bins, 84);
  EXPECT_EQ(batch.features.size(), static_cast<size_t>(batch.size * 84 * 94));
  for (size_t i = 0; i < plan.clips.size(); ++i) {
    EXPECT_EQ(batch.groups[i], static_cast<int64_t>(plan.clips[i].group));
    EXPECT_EQ(batch.songs[i], static_cast<int64_t>(plan.clips[i].group));  // one group a song, in order
    EXPECT_EQ(batch.domains[i], plan.clips[i].fragment == 0 ? 0 : 1);
  }
}

TEST(PropertyBatchMaker, ValuesAreLogMagnitudesFromZeroToOne) {
  const PlantedCorpus corpus(8);
  const BatchMaker maker(corpus.groups, corpus.reader(), BatchConfig{}, {4, 0});
  const Batch batch = maker.make(0);
  const int64_t size = batch.bins * batch.frames;
  for (int64_t i = 0; i < batch.size; ++i) {
    const auto first = batch.features.begin() + i * size;
    EXPECT_FLOAT_EQ(*std::max_element(first, first + size), 1);
    EXPECT_GE(*std::min_element(first, first + size), 0);
  }
}

TEST(PropertyBatchMaker, BatchesAreByteEqualForAnyThreadsAndAfterARestart) {
  const PlantedCorpus corpus(9);
  BatchConfig config;  // all augmentations
  config.sampler.sampler.settings<GroupSamplerConfig>().groups_per_batch = 3;
  const BatchMaker first(corpus.groups, corpus.reader(), config, {5, 0});
  std::vector<Batch> expected;
  {
    const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
    for (int64_t step = 0; step < 4; ++step) expected.push_back(first.make(step));
  }
  for (const int64_t workers : {1, 2, 4})
    for (const int64_t from : {0, 2}) {
      const BatchMaker maker(corpus.groups, corpus.reader(), config, {5, 0});
      BatchPrefetcher prefetcher([&](int64_t step) { return maker.make(step); }, from,
                                 {.depth = 3, .workers = workers}, 4);
      for (int64_t step = from; step < 4; ++step) {
        const Batch batch = prefetcher.next(), &wanted = expected[static_cast<size_t>(step)];
        EXPECT_EQ(batch.groups, wanted.groups);
        EXPECT_EQ(batch.domains, wanted.domains);
        EXPECT_TRUE(batch.features == wanted.features) << workers << " workers, step " << step;
      }
    }
  EXPECT_FALSE(first.make(0).features ==
               BatchMaker(corpus.groups, corpus.reader(), config, {6, 0}).make(0).features);
}

TEST(BatchMaker, AGroupShorterThanTheWindowIsSurroundedBySilence) {
  // The recording sounds on outside its 1 s fragment; the clip must not.
  PlantedCorpus corpus(2);
  for (FragmentGroup& group : corpus.groups) {
    group.duration_s = 1;
    for (Fragment& f : group.fragments) {
      f.interval = {6, 7};
      f.time_map = {{{0, 1}, {6, 7}}};
    }
  }
  const BatchMaker maker(corpus.groups, corpus.reader(), plain_config(), {1, 0});
  const Batch batch = maker.make(0);
  for (int64_t clip = 0; clip < batch.size; ++clip) {
    const auto loudest = [&](int64_t frame) {
      float most = 0;
      for (int64_t bin = 0; bin < batch.bins; ++bin)
        most = std::max(most, batch.features[static_cast<size_t>((clip * batch.bins + bin) * 94 + frame)]);
      return most;
    };
    EXPECT_GT(loudest(46), 0.9f);
    EXPECT_LT(loudest(5), 0.05f);
    EXPECT_LT(loudest(88), 0.05f);
  }
}

TEST(BatchMaker, ErrorsOfTheReaderPassThrough) {
  const PlantedCorpus corpus(8);
  const BatchMaker maker(corpus.groups,
                         {[](const std::string& id, int64_t, std::span<int16_t>) {
                            throw DataError("shard-00000.h5", id, "damaged");
                          },
                          {}},
                         BatchConfig{}, {1, 0});
  EXPECT_THROW(maker.make(0), DataError);
}

TEST(BatchMaker, ReadsAndFindsGroupsInShards) {
  const melomine::testing::TempFolder folder;
  AudioShardWriter writer(folder / shard_file_name(0), kGlideRate_hz);
  std::string table =
      "group_id,fragment_id,id,audio_type,youtube_id,interval,correlation,check_by_crowdsource,is_available,"
      "duration\n";
  for (int i = 0; i < 4; ++i) {
    std::vector<int16_t> samples(static_cast<size_t>(6 * kGlideRate_hz));
    for (size_t s = 0; s < samples.size(); ++s)
      samples[s] = static_cast<int16_t>(8000 * std::sin(2 * std::numbers::pi * (i < 2 ? 220 : 440) *
                                                        static_cast<double>(s) / kGlideRate_hz));
    writer.append(samples);
    StoredRecording stored;
    const auto kind = i % 2 == 0 ? RecordingKind::kOriginal : RecordingKind::kHumming;
    stored.recording = {"r" + std::to_string(i), i < 2 ? "a" : "b", kind, std::to_string(i), "", "", ""};
    writer.finish_recording(stored);
    table += csv_line({i < 2 ? "g0" : "g1", "1", stored.recording.recording_id, to_string(kind), "", "(1, 6)",
                       "0", "False", "True", "5"});
  }
  writer.commit();
  write_file_atomically(folder / "hums.csv", table);
  const AudioStore store(folder.path());
  const GroupDataset data = load_groups(folder / "hums.csv", store);
  ASSERT_EQ(data.groups.size(), 2u);
  const Batch batch = BatchMaker(data.groups, store, plain_config(), {1, 0}).make(0);
  ASSERT_EQ(batch.size, 4);
  for (int64_t clip = 0; clip < 4; ++clip)
    EXPECT_NEAR(loudest_bin(batch, clip, 47), batch.groups[static_cast<size_t>(clip)] == 0 ? 33 : 45, 0.1);

  BatchConfig other_rate = plain_config();
  other_rate.features.grid.sample_rate_hz = 22050;
  EXPECT_THROW(BatchMaker(data.groups, store, other_rate, {1, 0}), ConfigError);
  EXPECT_THROW(
      load_groups(folder / "hums.csv", store, {}, {.use_song = [](const std::string&) { return false; }}),
      DataError);
}

TEST(BatchMaker, SingingIsMadeToHumAndHumsAreLeftAlone) {
  const PlantedCorpus corpus(4);
  BatchConfig config = plain_config();
  const Batch plain = BatchMaker(corpus.groups, corpus.reader(), config, {1, 0}).make(0);
  config.augment.resize(1);
  config.augment[0].transform.choose("hum");
  const Batch hummed = BatchMaker(corpus.groups, corpus.reader(), config, {1, 0}).make(0);
  ASSERT_EQ(hummed.domains, plain.domains);
  int64_t sung = 0;
  for (int64_t clip = 0; clip < plain.size; ++clip) {
    const auto begin = static_cast<std::ptrdiff_t>(clip * plain.bins * plain.frames);
    const auto end = begin + static_cast<std::ptrdiff_t>(plain.bins * plain.frames);
    const bool same = std::equal(plain.features.begin() + begin, plain.features.begin() + end,
                                 hummed.features.begin() + begin);
    const bool is_sung = plain.domains[static_cast<size_t>(clip)] == 0;
    EXPECT_EQ(same, !is_sung) << "clip " << clip;
    sung += is_sung ? 1 : 0;
  }
  EXPECT_GT(sung, 0);
  EXPECT_LT(sung, plain.size);
}

}  // namespace
}  // namespace melomine::datasets

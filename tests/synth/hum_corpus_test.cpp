#include "synth/hum_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "datasets/corpus.h"
#include "datasets/group_dataset.h"
#include "datasets/ingest.h"
#include "pitch/pyin.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::synth {
namespace {

using ::testing::HasSubstr;
using testing::sine;
using testing::write_wav;

/// A melody of three tones of half a second, an interval of `step` semitones apart.
std::vector<int16_t> three_tones(double lowest_hz, double step) {
  std::vector<int16_t> samples;
  for (const double steps : {0.0, 1.0, 2.0}) {
    const auto tone = sine(lowest_hz * std::exp2(steps * step / 12), 0.5);
    samples.insert(samples.end(), tone.begin(), tone.end());
  }
  return samples;
}

class HumCorpus : public ::testing::Test {
 protected:
  void SetUp() override {
    write_wav(folder_ / "original.wav", three_tones(220, 3));
    write_wav(folder_ / "cover.wav", three_tones(180, 3));
    write_wav(folder_ / "other.wav", three_tones(200, -2));
    write_wav(folder_ / "silent.wav", std::vector<int16_t>(16000));
    write_file_atomically(folder_ / "songs.csv",
                          "recording_id,song_id,kind,path\no,s,original,original.wav\nc,s,cover,cover.wav\n"
                          "t,u,original,other.wav\nn,s,cover,silent.wav\nh,s,humming,original.wav\n");
    RunObserver silent;
    datasets::ingest({.songs_table = folder_ / "songs.csv", .out = folder_ / "shards", .jobs = 1}, silent);
  }
  datasets::DerivedSummary make(const HumCorpusConfig& config, const std::string& out, int64_t jobs = 2) {
    RunObserver silent;
    HumCorpusOptions options{.shards = folder_ / "shards", .out = folder_ / out, .jobs = jobs};
    options.track_pitch = [](std::span<const float> samples, int sample_rate_hz) {
      pitch::F0Range range;
      range.fmax_hz = 3000;
      return pitch::PyinTracker({}, range).track(samples, sample_rate_hz);
    };
    options.tracking = "pyin";
    return make_hums(config, options, silent);
  }
  testing::TempFolder folder_;
};

TEST_F(HumCorpus, HasAHumOfEachOriginalAndCover) {
  const HumCorpusConfig config;
  const auto summary = make(config, "out");
  EXPECT_EQ(summary.recordings, 4);
  EXPECT_EQ(summary.present, 3);
  EXPECT_EQ(summary.passed, 1);
  ASSERT_EQ(summary.set_aside.size(), 1u);
  EXPECT_EQ(summary.set_aside[0].recording_id, "n_hum");
  EXPECT_THAT(summary.set_aside[0].reason, HasSubstr("no tones"));
  const auto corpus = datasets::Corpus::open((folder_ / "out").string());
  ASSERT_EQ(corpus.store().size(), 8u);
  EXPECT_EQ(corpus.songs().at("s").hums.size(), 3u);
  EXPECT_EQ(corpus.songs().at("u").hums.size(), 1u);
}

TEST_F(HumCorpus, TheGroupsHoldTheTimeMapsAndTheTonesAreThere) {
  HumCorpusConfig config;
  config.timbre = HumTimbres::kHummed;
  make(config, "out");
  const auto corpus = datasets::Corpus::open((folder_ / "out").string());
  const auto groups = datasets::load_groups(folder_ / "out/hums.csv", corpus.store(), "").groups;
  ASSERT_EQ(groups.size(), 3u);
  std::set<double> tempos;
  for (const datasets::FragmentGroup& group : groups) {
    SCOPED_TRACE(group.group_id);
    ASSERT_EQ(group.fragments.size(), 2u);
    EXPECT_EQ(group.fragments[1].recording_id, group.fragments[0].recording_id + "_hum");
    EXPECT_EQ(group.fragments[1].kind, datasets::RecordingKind::kHumming);
    const auto hum = static_cast<size_t>(corpus.store().find(group.fragments[1].recording_id));
    const double hum_s = corpus.load(hum).duration_s(), tempo_ratio = 1.5 / hum_s;
    tempos.insert(tempo_ratio);
    EXPECT_LE(tempo_ratio, 1.15 + 1e-3);
    EXPECT_GE(tempo_ratio, 1 / 1.15 - 1e-3);
    const auto tones = discrete_tones(pitch::PyinTracker({}, {}).track(corpus.load(hum).samples, 16000));
    ASSERT_EQ(tones.size(), 3u);
    const double step = group.song_id == "s" ? 3 : -2;
    for (size_t n = 0; n < 3; ++n) {
      EXPECT_NEAR(tones[n].pitch_midi - tones[0].pitch_midi, step * static_cast<double>(n), 0.3);
      // Tone n begins at n / 2 seconds of the recording.
      EXPECT_NEAR(group.fragments[1].to_group_s(tones[n].start_s), 0.5 * static_cast<double>(n), 0.04);
    }
  }
  EXPECT_EQ(tempos.size(), 3u);  // each its own
}

TEST_F(HumCorpus, PropertyTheSameSeedGivesTheSameBytes) {
  const auto hash = [&](const std::string& out) {
    return sha256_of_file(folder_ / out / datasets::shard_file_name(1)) +
           sha256_of_file(folder_ / out / "hums.csv");
  };
  HumCorpusConfig config;
  make(config, "one", 1);
  make(config, "two", 2);
  EXPECT_EQ(hash("one"), hash("two"));
  config.seed = 2;
  make(config, "other");
  EXPECT_NE(hash("one"), hash("other"));
  EXPECT_THROW(make(config, "one"), ConfigError);  // begun with another seed
}

}  // namespace
}  // namespace melomine::synth

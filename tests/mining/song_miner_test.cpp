#include "mining/song_miner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "configs/config.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "tests/mining/planted.h"

namespace melomine::mining {
namespace {

using testing::kRate_hz;
using testing::Passage;
using testing::planted_audio;
using testing::PlantedEmbedder;

SongRecording recording(const std::string& id, const std::vector<Passage>& passages) {
  return {.recording_id = id, .youtube_id = "", .source_sha256 = "", .duration_s = 0, .audio = [passages] {
            return planted_audio(passages);
          }};
}

/// Three melodies, places 10, 200 and 400; covers hold some of them at known times.
Song planted_song() {
  return {.song_id = "song",
          .original = recording("original", {{1}, {12, 10}, {3}, {14, 200}, {3}, {10, 400}, {2}}),
          .covers = {recording("all", {{20, 600}, {12, 10}, {3}, {10, 400}, {3}, {14, 200}, {5, 700}}),
                     recording("wrong", {{60, 800}}),
                     recording("twice", {{10, 400}, {30, 850}, {10, 400}, {3}})}};
}

std::vector<std::pair<std::string, double>> places(const std::vector<MinedMatch>& matches) {
  std::vector<std::pair<std::string, double>> all;
  for (const MinedMatch& match : matches) all.emplace_back(match.recording_id, match.interval.start_s);
  return all;
}

TEST(SongMiner, FindsWhatWasPlanted) {
  PlantedEmbedder embedder;
  const MinedSong mined = mine_song(planted_song(), embedder, {});
  EXPECT_EQ(mined.song_id, "song");
  EXPECT_EQ(mined.original_id, "original");
  EXPECT_EQ(mined.original_s, 45);
  EXPECT_EQ(mined.covers, 3);
  EXPECT_TRUE(mined.set_aside.empty());
  EXPECT_EQ(mined.level_db, 52);
  EXPECT_EQ(mined.pause_s, 0.5);
  EXPECT_EQ(embedder.calls, 4);
  ASSERT_EQ(mined.fragments.size(), 3U);
  // A fragment starts up to a frame before its sound, its match as much.
  const auto planted = [&](size_t fragment, const std::string& id, double start_s, double original_start_s) {
    const MinedFragment& f = mined.fragments[fragment];
    const auto match = std::find_if(f.matches.begin(), f.matches.end(), [&](const MinedMatch& m) {
      return m.recording_id == id &&
             std::abs(m.interval.start_s - start_s - (f.interval.start_s - original_start_s)) < 0.02;
    });
    ASSERT_NE(match, f.matches.end()) << id << " at " << start_s;
    EXPECT_GT(match->correlation, 0.8);
    EXPECT_NEAR(match->interval.duration_s(), f.interval.duration_s(), 1e-9);
  };
  planted(0, "all", 20, 1);
  planted(1, "all", 48, 16);
  planted(2, "all", 35, 33);
  planted(2, "twice", 40, 33);
  EXPECT_EQ(mined.fragments[0].matches.size(), 1U);
  EXPECT_EQ(mined.fragments[1].matches.size(), 1U);
  EXPECT_EQ(mined.fragments[2].matches.size(), 3U) << "once in `all`, twice in `twice`";
  for (const MinedFragment& f : mined.fragments) {
    ASSERT_EQ(f.best.size(), 3U);
    EXPECT_EQ(f.best[0].recording_id, "all");
    EXPECT_LT(f.best[1].correlation, 0.3);
  }
}

TEST(SongMiner, RestsAreNotMatchedWithRestsWhereTheyAreMasked) {
  // The cover sings other melodies around a rest of the same length; rests have one fingerprint.
  const Song song{.song_id = "song",
                  .original = recording("original", {{1}, {5, 10}, {6}, {5, 15}, {1}}),
                  .covers = {recording("same rest", {{3, 820}, {5, 800}, {6}, {5, 850}}),
                             recording("cover", {{4, 820}, {5, 10}, {6}, {5, 15}})}};
  PlantedEmbedder embedder;
  MiningConfig config;
  config.fragments.pauses_s = {8};
  const auto matched = [&] {
    std::vector<std::string> ids;
    const MinedSong mined = mine_song(song, embedder, config);
    EXPECT_EQ(mined.fragments.size(), 1U);
    for (const MinedFragment& fragment : mined.fragments)
      for (const MinedMatch& match : fragment.matches) ids.push_back(match.recording_id);
    return ids;
  };
  EXPECT_EQ(matched(), (std::vector<std::string>{"same rest", "cover"}));
  config.voice.level_db = 30;
  EXPECT_EQ(matched(), std::vector<std::string>{"cover"});
}

TEST(PropertySongMiner, TheOrderOfCoversChangesOnlyTheOrder) {
  PlantedEmbedder embedder;
  Song song = planted_song();
  const MinedSong forward = mine_song(song, embedder, {});
  std::reverse(song.covers.begin(), song.covers.end());
  const MinedSong backward = mine_song(song, embedder, {});
  ASSERT_EQ(forward.fragments.size(), backward.fragments.size());
  for (size_t f = 0; f < forward.fragments.size(); ++f) {
    auto a = places(forward.fragments[f].matches), b = places(backward.fragments[f].matches);
    EXPECT_EQ(b.empty() ? "" : b.front().first, f == 2 ? "twice" : "all");
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    EXPECT_EQ(a, b);
  }
}

TEST(SongMiner, SetsAsideCoversThatCannotBeUsed) {
  Song song = planted_song();
  song.covers = {recording("short", {{7.5, 10}}), recording("silent", {{40}}), song.covers[0],
                 recording("broken", {{60, 900}})};
  class Broken : public PlantedEmbedder {
   public:
    retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
      auto z = PlantedEmbedder::embed(audio);
      // Place 900 is where the broken cover begins.
      if (audio.samples[0] > 0.9F) z.values[5] = std::numeric_limits<float>::quiet_NaN();
      if (audio.samples[0] > 0.9F) z.values.back() = std::numeric_limits<float>::infinity();
      return z;
    }
  } embedder;
  const MinedSong mined = mine_song(song, embedder, {});
  ASSERT_EQ(mined.set_aside.size(), 3U);
  EXPECT_EQ(mined.set_aside[0].recording_id, "short");
  EXPECT_EQ(mined.set_aside[0].reason, "7.50 s long, and fragments are longer than 8 s");
  EXPECT_EQ(mined.set_aside[1].recording_id, "silent");
  EXPECT_EQ(mined.set_aside[1].reason, "no sound in 40.00 s: every sample is 0");
  EXPECT_EQ(mined.set_aside[2].recording_id, "broken");
  EXPECT_EQ(mined.set_aside[2].reason, "2 of 229 fingerprints are not finite");
  EXPECT_EQ(mined.covers, 4);
  ASSERT_EQ(mined.fragments.size(), 3U);
  for (const MinedFragment& f : mined.fragments) {
    ASSERT_EQ(f.best.size(), 1U);
    EXPECT_EQ(f.best[0].recording_id, "all");
  }
  EXPECT_EQ(embedder.calls, 3) << "what is short or silent is not fingerprinted";
}

TEST(SongMiner, WithoutFragmentsCoversAreNotLoaded) {
  for (const auto& original : {recording("silent", {{40}}), recording("short", {{5, 10}}),
                               recording("one long stretch", {{40, 10}})}) {
    Song song = planted_song();
    song.original = original;
    for (SongRecording& cover : song.covers)
      cover.audio = []() -> dsp::AudioBuffer { throw DataError("cover.wav", "", "must not be read"); };
    PlantedEmbedder embedder;
    const MinedSong mined = mine_song(song, embedder, {});
    EXPECT_TRUE(mined.fragments.empty());
    EXPECT_EQ(mined.covers, 3);
    EXPECT_EQ(mined.level_db, 0);
    EXPECT_EQ(mined.original_s, original.audio().duration_s());
    EXPECT_EQ(mined.set_aside.size(), original.recording_id == "one long stretch" ? 0U : 1U);
  }
}

TEST(SongMiner, ErrorsOfReadingAreThrown) {
  Song song = planted_song();
  song.covers[1].audio = []() -> dsp::AudioBuffer { throw DataError("shard.h5", "wrong", "damaged"); };
  PlantedEmbedder embedder;
  EXPECT_THROW(mine_song(song, embedder, {}), DataError);
}

TEST(SongMiner, StopsBetweenRecordings) {
  PlantedEmbedder embedder;
  set_cancellation_requested(true);
  EXPECT_THROW(mine_song(planted_song(), embedder, {}), Cancelled);
  set_cancellation_requested(false);
  EXPECT_EQ(embedder.calls, 0);
}

TEST(SongMiner, SaysWhereTheTimeWent) {
  PlantedEmbedder embedder;
  const MinedSong mined = mine_song(planted_song(), embedder, {});
  EXPECT_GT(mined.embed_wall_s, 0);
  EXPECT_GE(mined.wall_s, mined.embed_wall_s);
  EXPECT_NEAR(mined.audio_s, 45 + 67 + 60 + 53, 1e-9);
}

/// What all windows of a recording share, as a singer or a room is: a direction of its own beside the
/// melody's.
class ColouredEmbedder : public PlantedEmbedder {
 public:
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
    auto z = PlantedEmbedder::embed(audio);
    constexpr float kShare = 0.8F;  // squares: 0.64 shared, 0.36 melody
    std::vector<float> values;
    for (size_t i = 0; i < z.values.size(); ++i) {
      if (i % static_cast<size_t>(z.dim) == 0) values.push_back(kShare);
      values.push_back(0.6F * z.values[i]);
    }
    z.values = std::move(values);
    ++z.dim;
    return z;
  }
};

TEST(SongMiner, CenteringTakesAwayWhatARecordingsWindowsShare) {
  ColouredEmbedder coloured;
  PlantedEmbedder plain;
  MiningConfig config;
  const MinedSong raw = mine_song(planted_song(), coloured, config);
  config.center = retrieval::Centring::kRecording;
  const MinedSong centered = mine_song(planted_song(), coloured, config);
  const MinedSong centered_plain = mine_song(planted_song(), plain, config);
  ASSERT_EQ(centered.fragments.size(), 3U);
  for (const MinedFragment& f : raw.fragments)
    EXPECT_GT(f.best[1].correlation, 0.64 - 0.1) << "a stranger shares the colour";
  for (size_t f = 0; f < 3; ++f) {
    EXPECT_LT(centered.fragments[f].best[1].correlation, 0.4);
    EXPECT_GT(centered.fragments[f].best[0].correlation, 0.8);
    ASSERT_EQ(centered.fragments[f].best.size(), centered_plain.fragments[f].best.size());
    for (size_t i = 0; i < centered.fragments[f].best.size(); ++i)
      EXPECT_NEAR(centered.fragments[f].best[i].correlation, centered_plain.fragments[f].best[i].correlation,
                  1e-4)
          << "the colour is gone, and nothing else";
  }
}

TEST(SongMiner, ARecordingOfOneSoundIsItsOwnMeanAndMatchesNothing) {
  class Constant : public PlantedEmbedder {
   public:
    retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
      auto z = PlantedEmbedder::embed(audio);
      for (size_t i = 0; i < z.values.size(); ++i) z.values[i] = i % static_cast<size_t>(z.dim) == 0;
      return z;
    }
  } embedder;
  MiningConfig config;
  config.center = retrieval::Centring::kRecording;
  for (const MinedFragment& f : mine_song(planted_song(), embedder, config).fragments) {
    EXPECT_TRUE(f.matches.empty());
    for (const auto& best : f.best) EXPECT_EQ(best.correlation, 0);
  }
}

TEST(MiningConfig, ReadsItsParts) {
  const auto config = configs::parse_config<MiningConfig>(
      "{fragments: {min_s: 6}, match: {relevant: 0.7}, songs_per_part: 2}", "test.yaml");
  EXPECT_EQ(config.fragments.min_s, 6);
  EXPECT_EQ(config.match.relevant, 0.7);
  EXPECT_EQ(config.songs_per_part, 2);
  EXPECT_THROW(configs::parse_config<MiningConfig>("songs_per_part: 0", "test.yaml"), ConfigError);
}

}  // namespace
}  // namespace melomine::mining

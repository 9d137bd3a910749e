#include "library/identifier.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>

#include "library/stream_window.h"
#include "tests/library/planted_songs.h"

namespace melomine::library {
namespace {

using testing::planted_sequence;
using testing::PlantedSongs;

constexpr int64_t kStepSamples = 4000;  // of a fingerprint's hop
constexpr int64_t kSongs = 30;

/// A stream whose samples say which fingerprints are heard: value 1 + 100 * song + step for 0.25 s, 0 being
/// silence; songs from kSongs on are in no library.
class StreamSamples {
 public:
  void add(int64_t song, int64_t first, int64_t steps) {
    for (int64_t t = first; t < first + steps; ++t)
      samples_.insert(samples_.end(), kStepSamples, static_cast<int16_t>(1 + 100 * song + t));
  }
  void add_silence(int64_t steps) {
    samples_.insert(samples_.end(), static_cast<size_t>(steps * kStepSamples), 0);
  }
  double now_s() const { return static_cast<double>(samples_.size()) / 16000; }
  std::span<const int16_t> all() const { return samples_; }

 private:
  std::vector<int16_t> samples_;
};

Block hear(const dsp::AudioBuffer& audio) {
  const auto steps = static_cast<int64_t>(audio.samples.size()) / kStepSamples;
  Block block;
  block.heard.tempo_ratios = {1};
  retrieval::FingerprintSequence z{.steps = steps, .dim = PlantedSongs::kDim, .hop_s = 0.25, .values = {}};
  const auto value_at = [&](int64_t sample) {
    return std::lround(audio.samples[static_cast<size_t>(sample)] * 32768);
  };
  for (int64_t t = 0; t < steps; ++t) {
    const int64_t value = value_at(t * kStepSamples + kStepSamples / 2);
    std::vector<float> row(PlantedSongs::kDim);
    if (value > 0) {
      const auto song = planted_sequence(static_cast<uint64_t>((value - 1) / 100), (value - 1) % 100 + 1,
                                         PlantedSongs::kDim);
      RandomStream random({static_cast<uint64_t>(value), 3});
      double square = 0;
      for (size_t d = 0; d < row.size(); ++d) {
        row[d] = song.row((value - 1) % 100)[d] + static_cast<float>(0.15 * random.normal());
        square += static_cast<double>(row[d]) * row[d];
      }
      for (float& v : row) v = static_cast<float>(v / std::sqrt(square));
    }
    z.values.insert(z.values.end(), row.begin(), row.end());
    z.voiced.push_back(value > 0 ? 1 : 0);
  }
  block.heard.variants = {z};
  for (int64_t f = 0; (f + 1) * 1600 <= static_cast<int64_t>(audio.samples.size()); ++f) {
    const bool sounds = value_at(f * 1600) > 0;
    block.sounding.push_back(sounds ? 1 : 0);
    block.heard.contour.pitch_midi.push_back(sounds ? 60 : 0);
    block.heard.contour.voiced.push_back(sounds ? 1 : 0);
  }
  block.heard.duration_s = audio.duration_s();
  return block;
}

class IdentifierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RunObserver silent;
    planted_.builder().add(planted_.songs(0, kSongs), PlantedSongs::hear, {}, silent);
    stream_.add(kSongs + 1, 0, 60);  // 15 s of what is not known
    starts_.push_back(stream_.now_s());
    stream_.add(3, 10, 50);
    stream_.add_silence(40);
    starts_.push_back(stream_.now_s());
    stream_.add(12, 0, 60);
    stream_.add(kSongs + 2, 0, 60);
    starts_.push_back(stream_.now_s());
    stream_.add(25, 5, 48);
  }
  static IdentifyConfig config() {
    IdentifyConfig config{.block_s = 30, .stretches = {}};
    config.search.query_tempo_ratios = {1};
    return config;
  }
  std::vector<Stretch> identified(const IdentifyConfig& config, size_t piece) {
    const Library library = Library::open(planted_.library());
    Identifier identifier(library, config, hear);
    for (size_t at = 0; at < stream_.all().size(); at += piece)
      identifier.push(stream_.all().subspan(at, std::min(piece, stream_.all().size() - at)));
    return identifier.finish(std::nullopt).stretches;
  }

  PlantedSongs planted_;
  StreamSamples stream_;
  std::vector<double> starts_;
};

TEST_F(IdentifierTest, FindsThePlantedSongsAndNothingElse) {
  const auto told = identified(config(), 32768);
  std::vector<Stretch> found;
  for (const Stretch& stretch : told)
    if (stretch.song >= 0) found.push_back(stretch);
  ASSERT_EQ(found.size(), 3u);
  const std::vector<int64_t> songs = {3, 12, 25}, firsts = {10, 0, 5}, steps = {50, 60, 48};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found[i].song, songs[i]);
    EXPECT_NEAR(found[i].query_start_s, starts_[i], 1.6) << "half an encoder's window";
    EXPECT_NEAR(found[i].query_end_s, starts_[i] + 0.25 * static_cast<double>(steps[i]), 1.8);
    EXPECT_NEAR(found[i].ref_start_s - 0.25 * static_cast<double>(firsts[i]),
                found[i].query_start_s - starts_[i], 0.3);
    EXPECT_NEAR(found[i].tempo_ratio, 1, 0.05);
  }
  EXPECT_EQ(told.front().query_start_s, 0);
  EXPECT_NEAR(told.back().query_end_s, stream_.now_s(), 1);
}

TEST_F(IdentifierTest, DependsNeitherOnPiecesNorOnThreads) {
  const auto told = identified(config(), 32768);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  for (const size_t piece : {size_t{5001}, stream_.all().size()}) {
    const auto again = identified(config(), piece);
    ASSERT_EQ(again.size(), told.size());
    for (size_t i = 0; i < told.size(); ++i) {
      EXPECT_EQ(again[i].song, told[i].song);
      EXPECT_EQ(again[i].query_start_s, told[i].query_start_s);
      EXPECT_EQ(again[i].evidence, told[i].evidence);
    }
  }
}

TEST_F(IdentifierTest, BlocksMakeNoDifference) {
  IdentifyConfig whole = config();
  whole.block_s = 600;
  const auto told = identified(config(), 32768), at_once = identified(whole, 32768);
  ASSERT_EQ(at_once.size(), told.size());
  for (size_t i = 0; i < told.size(); ++i) EXPECT_NEAR(at_once[i].query_start_s, told[i].query_start_s, 1e-9);
}

TEST_F(IdentifierTest, SilenceIsNotSearched) {
  const Library library = Library::open(planted_.library());
  const IdentifyConfig config = IdentifierTest::config();
  Identifier identifier(library, config, hear);
  const std::vector<int16_t> silence(16000 * 47);
  identifier.push(stream_.all());
  identifier.restart();
  identifier.push(silence);
  const Identified told = identifier.finish(std::nullopt);
  EXPECT_EQ(told.duration_s, 47);
  EXPECT_EQ(told.windows, 16);
  EXPECT_EQ(told.searched, 0);
  ASSERT_EQ(told.stretches.size(), 1u);
  EXPECT_EQ(told.stretches[0].song, -1);
}

TEST_F(IdentifierTest, ToldAsSureAsTheLibraryIs) {
  const Library library = Library::open(planted_.library());
  const IdentifyConfig config = IdentifierTest::config();
  Identifier identifier(library, config, hear);
  identifier.push(stream_.all());
  const Confidence sure{.weight = 20, .bias = -2, .curve = {}};
  for (const Stretch& stretch : identifier.finish(sure).stretches) {
    EXPECT_EQ(stretch.confidence.has_value(), stretch.song >= 0);
    if (stretch.confidence) {
      EXPECT_GT(*stretch.confidence, 0.5);
    }
  }
}

TEST_F(IdentifierTest, RefusesWhatCannotBe) {
  const Library library = Library::open(planted_.library());
  IdentifyConfig config = IdentifierTest::config();
  config.step_s = 20;
  EXPECT_THROW(Identifier(library, config, hear), ConfigError);
  config = IdentifierTest::config();
  EXPECT_THROW(Identifier(library, config, hear).finish(std::nullopt), DataError) << "an empty stream";
  std::vector<std::string> ids;
  for (int64_t song = 3; song < kSongs; ++song) ids.push_back("song" + std::to_string(song));
  planted_.builder().remove(ids);
  const Library few = Library::open(planted_.library());
  EXPECT_THROW(Identifier(few, config, hear), DataError) << "three songs";
}

TEST(StreamWindow, IsWhatTheBlockHeardWithoutSilentEnds) {
  StreamSamples stream;
  stream.add_silence(8);
  stream.add(1, 0, 40);
  dsp::AudioBuffer audio;
  for (const int16_t sample : stream.all()) audio.samples.push_back(static_cast<float>(sample) / 32768);
  const Block block = hear(audio);
  const ModelRecord model{.file = {}, .dim = PlantedSongs::kDim, .hop_s = 0.25, .window_s = 1};
  const auto query = cut_window(block, {0, 7}, model, 3);
  ASSERT_TRUE(query.has_value());
  EXPECT_NEAR(query->start_s, 2, 1e-9);
  EXPECT_NEAR(query->duration_s, 5, 1e-9);
  EXPECT_EQ(query->contour.frames(), 50);
  ASSERT_EQ(query->variants[0].steps, 17) << "windows of 1 s every 0.25 s in 5 s";
  EXPECT_EQ(query->variants[0].row(0)[0], block.heard.variants[0].row(8)[0]);
  EXPECT_FALSE(cut_window(block, {0, 4}, model, 3).has_value()) << "2 s of sound";
}

TEST(StreamWindow, CountsTheTimeThatIsSung) {
  StreamSamples stream;  // 2 s, a rest of 4 s, 6 s
  stream.add(1, 0, 8);
  stream.add_silence(16);
  stream.add(1, 8, 24);
  dsp::AudioBuffer audio;
  for (const int16_t sample : stream.all()) audio.samples.push_back(static_cast<float>(sample) / 32768);
  Block block = hear(audio);
  auto& z = block.heard.variants[0];  // as a model hears that takes rests out
  z.values.erase(z.values.begin() + 8 * z.dim, z.values.begin() + 24 * z.dim);
  z.steps -= 16;
  z.voiced.clear();
  const ModelRecord model{
      .file = {}, .dim = PlantedSongs::kDim, .hop_s = 0.25, .window_s = 1, .sung_time = true};
  const auto query = cut_window(block, {0, 10}, model, 3);
  ASSERT_TRUE(query.has_value());
  EXPECT_NEAR(query->duration_s, 10, 1e-9);
  EXPECT_EQ(query->variants[0].steps, 21) << "of 6 s that are sung";
}

}  // namespace
}  // namespace melomine::library

#include "datasets/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "datasets/audio_shard.h"
#include "datasets/ingest_state.h"
#include "tests/support/temp_folder.h"

namespace melomine::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int16_t kMixLevel = 1000, kVocalsLevel = 2000;

class CorpusOfShards : public ::testing::Test {
 protected:
  /// A shard of these, each of `length` equal samples: of the mix's level or the vocals'.
  void write(const std::vector<Recording>& recordings) {
    AudioShardWriter writer(folder_ / shard_file_name(0), 16000);
    std::vector<SourceRecord> sources;
    for (const Recording& recording : recordings) {
      const int16_t level = recording.rendition == Rendition::kMix ? kMixLevel : kVocalsLevel;
      writer.append(std::vector<int16_t>(10, level));
      writer.finish_recording({recording, 0, "", ""});
      const auto row = static_cast<int64_t>(sources.size());
      SourceRecord& source = sources.emplace_back();
      source.row = row;
      source.bytes = 1;
      source.length_samples = 10;
    }
    writer.commit();
    write_sources(folder_ / "sources.csv", recordings, sources);
    write_file_atomically(folder_ / "DONE", "x\n");
  }
  std::string folder() const { return folder_.path().string(); }
  std::string refusal(const std::string& folder) const {
    try {
      Corpus::open(folder);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  /// Level of a recording as the corpus hears it.
  static int level_of(const Corpus& corpus, const std::string& id) {
    const int64_t index = corpus.store().find(id);
    return index < 0 ? -1 : static_cast<int>(corpus.load(static_cast<size_t>(index)).samples[5] * 32768);
  }

  static Recording recording(const std::string& id, const std::string& song, RecordingKind kind,
                             Rendition rendition = Rendition::kMix) {
    return {id, song, kind, id + ".flac", "", "", "", rendition};
  }

  testing::TempFolder folder_;
};

TEST_F(CorpusOfShards, SongsHoldTheirRecordingsByKind) {
  write({recording("h1", "b", RecordingKind::kHumming), recording("c1", "a", RecordingKind::kCover),
         recording("o1", "a", RecordingKind::kOriginal), recording("o2", "a", RecordingKind::kOriginal),
         recording("c2", "a", RecordingKind::kCover)});
  const Corpus corpus = Corpus::open(folder());
  ASSERT_EQ(corpus.songs().size(), 2u);
  EXPECT_EQ(corpus.songs().at("a").original, 2u) << "the first original";
  EXPECT_THAT(corpus.songs().at("a").covers, ElementsAre(1, 4));
  EXPECT_THAT(corpus.songs().at("a").hums, IsEmpty());
  EXPECT_FALSE(corpus.songs().at("b").original.has_value());
  EXPECT_THAT(corpus.songs().at("b").hums, ElementsAre(0));
}

TEST_F(CorpusOfShards, ARecordingIsHeardInTheRenditionAskedForWhereItHasThatOne) {
  write({recording("vocals_first", "a", RecordingKind::kOriginal, Rendition::kVocals),
         recording("mix_first", "a", RecordingKind::kCover), recording("hum", "a", RecordingKind::kHumming),
         recording("vocals_first", "a", RecordingKind::kOriginal),
         recording("mix_first", "a", RecordingKind::kCover, Rendition::kVocals)});
  const Corpus mix = Corpus::open(folder());
  EXPECT_EQ(mix.store().size(), 3u);
  EXPECT_EQ(mix.store().stored_rows(), 5u);
  for (const char* id : {"vocals_first", "mix_first", "hum"}) EXPECT_EQ(level_of(mix, id), kMixLevel) << id;
  const Corpus vocals = Corpus::open(folder(), Rendition::kVocals);
  EXPECT_EQ(vocals.store().size(), 3u);
  EXPECT_EQ(level_of(vocals, "vocals_first"), kVocalsLevel);
  EXPECT_EQ(level_of(vocals, "mix_first"), kVocalsLevel);
  EXPECT_EQ(level_of(vocals, "hum"), kMixLevel) << "hums pass";
  EXPECT_THAT(vocals.songs().at("a").covers, ElementsAre(1));
}

TEST_F(CorpusOfShards, TheSameRenditionTwiceIsRefused) {
  write({recording("a", "a", RecordingKind::kOriginal, Rendition::kVocals),
         recording("a", "a", RecordingKind::kOriginal, Rendition::kVocals)});
  EXPECT_THAT(refusal(folder()), HasSubstr("recording a: is in the folder twice"));
}

TEST_F(CorpusOfShards, WhatCannotBeWorkedOnIsRefusedWithTheRemedy) {
  EXPECT_THAT(refusal(""), HasSubstr("data.shards is empty"));
  EXPECT_THAT(refusal((folder_ / "absent").string()), HasSubstr("melomine ingest"));
  EXPECT_THAT(refusal(folder()), HasSubstr("has not finished"));
  write({recording("a", "a", RecordingKind::kOriginal), recording("b", "b", RecordingKind::kOriginal)});
  std::vector<SourceRecord> sources(3);
  for (size_t i = 0; i < sources.size(); ++i) {
    sources[i].row = static_cast<int64_t>(i);
    sources[i].bytes = 1;
  }
  write_sources(folder_ / "sources.csv",
                {recording("a", "a", RecordingKind::kOriginal), recording("b", "b", RecordingKind::kOriginal),
                 recording("c", "c", RecordingKind::kOriginal)},
                sources);
  EXPECT_THAT(refusal(folder()), HasSubstr("hold 2 recordings where sources.csv lists 3"));
}

}  // namespace
}  // namespace melomine::datasets

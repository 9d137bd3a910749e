#include "experiments/corpus_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/experiments/song_shards.h"

namespace melomine::experiments {
namespace {

using datasets::RecordingKind;
using ::testing::ElementsAre;
using testing::ShardRecording;
using testing::SongShards;

std::vector<std::string> queries_of(const std::vector<ShardRecording>& recordings) {
  const auto corpus = SongShards(recordings).corpus();
  std::vector<std::string> ids;
  for (const auto& query : corpus_set(corpus, {"a"}, {"a", "b"}).queries) ids.push_back(query.id);
  return ids;
}

const ShardRecording kOriginal{"a1", "a", RecordingKind::kOriginal, 1},
    kHum{"a2", "a", RecordingKind::kHumming, 2},
    kGenerated{"a1_hum", "a", RecordingKind::kHumming, 3, "generated/a1_hum"},
    kScore{"a3", "a", RecordingKind::kScore, 4}, kOther{"b1", "b", RecordingKind::kOriginal, 5};

TEST(CorpusSet, GeneratedHumsAreQueriesOnlyWhereNobodyHummed) {
  EXPECT_THAT(queries_of({kOriginal, kHum, kGenerated, kOther}), ElementsAre("a2"));
  EXPECT_THAT(queries_of({kOriginal, kGenerated, kOther}), ElementsAre("a1_hum"));
}

TEST(CorpusSet, ScoresAreNoQueries) {
  EXPECT_THAT(queries_of({kOriginal, kHum, kScore, kOther}), ElementsAre("a2"));
}

}  // namespace
}  // namespace melomine::experiments

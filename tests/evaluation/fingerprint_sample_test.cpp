#include "evaluation/fingerprint_sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/atomic_file.h"
#include "core/error.h"
#include "evaluation/evaluation_report.h"
#include "tests/evaluation/planted_set.h"
#include "tests/support/temp_folder.h"

namespace melomine::evaluation {
namespace {

using ::testing::HasSubstr;

/// A sequence of unit rows, the first component of row t telling t.
retrieval::FingerprintSequence steps(int64_t count) {
  retrieval::FingerprintSequence z{count, 2, 0.5, 1.0, {}};
  for (int64_t t = 0; t < count; ++t) {
    z.values.push_back(static_cast<float>(t) / 1000);
    z.values.push_back(1);
  }
  return z;
}

/// `songs` songs with `hums` queries each, and an original.
EvaluationSet set_of(size_t songs, size_t hums) {
  EvaluationSet set;
  for (size_t s = 0; s < songs; ++s) {
    const std::string song = "song" + std::to_string(100 + s);
    set.references.push_back(item_of(song + "_original", {}));
    for (size_t h = 0; h < hums; ++h) {
      set.queries.push_back(item_of(song + "_hum" + std::to_string(h), {}));
      set.relevance.push_back({{static_cast<int64_t>(s)}, {}});
      set.songs.push_back(song);
    }
  }
  return set;
}

FingerprintSample sample_of(const EvaluationSet& set, int64_t length) {
  FingerprintSample sample;
  sample.choose(set);
  for (size_t r = 0; r < set.references.size(); ++r) sample.take(ItemRole::kReference, r, steps(length));
  for (size_t q = 0; q < set.queries.size(); ++q) sample.take(ItemRole::kQuery, q, steps(length));
  return sample;
}

TEST(FingerprintSample, TakesWindowsOfAllWhereThereIsLittle) {
  const auto sample = sample_of(set_of(2, 1), 3);
  ASSERT_EQ(sample.fingerprints().size(), 4u * 3);
  const SampledFingerprint& last = sample.fingerprints().back();
  EXPECT_EQ(last.id, "song101_hum0");
  EXPECT_EQ(last.song, "song101");
  EXPECT_EQ(last.centre_s, 2.0);  // 1 s, and two steps of half a second
  EXPECT_EQ(sample.fingerprints().front().role, ItemRole::kReference);
}

TEST(FingerprintSample, IsBoundedAndSpread) {
  const auto sample = sample_of(set_of(40, 20), 500);
  std::map<std::string, std::set<std::string>> items_of;
  for (const auto& one : sample.fingerprints()) items_of[one.song].insert(one.id);
  EXPECT_LE(sample.fingerprints().size(), 800u);
  EXPECT_GT(sample.fingerprints().size(), 400u);
  EXPECT_EQ(items_of.size(), 16u);
  EXPECT_GE(items_of.begin()->first, "song100");
  EXPECT_GE(items_of.rbegin()->first, "song138");
  for (const auto& [song, items] : items_of) EXPECT_EQ(items.size(), 8u + 1) << song;
}

TEST(FingerprintSample, PassesOverWindowsThatCountForNothing) {
  FingerprintSample sample;
  sample.choose(set_of(1, 1));
  auto z = steps(4);
  z.voiced = {1, 0, 1, 1};
  z.values[6] = z.values[7] = 0;  // the last row
  sample.take(ItemRole::kQuery, 0, z);
  ASSERT_EQ(sample.fingerprints().size(), 2u);
  EXPECT_EQ(sample.fingerprints()[1].centre_s, 2.0);
}

TEST(FingerprintSample, AmongEachOtherThereAreQueriesAlone) {
  EvaluationSet set = set_of(2, 2);
  set.references.clear();
  set.match_with = MatchQueriesWith::kEachOther;
  for (auto& relevance : set.relevance) relevance.targets = {3};
  const auto sample = sample_of(set, 2);
  EXPECT_EQ(sample.fingerprints().size(), 4u * 2);
  for (const auto& one : sample.fingerprints()) EXPECT_EQ(one.role, ItemRole::kQuery);
}

TEST(FingerprintSample, AnEvaluationLeavesItBesideTheReport) {
  const PlantedEmbedder model;
  RunObserver observer;
  EvaluationSet set = planted_set();
  set.songs = {"a, \"b\"", "s1", "s2", "s3", "s4"};
  const testing::TempFolder folder;
  const EvaluationReport report = evaluate(set, &model, without_baseline(), observer);
  write_report(report, folder.path());
  const auto read = read_fingerprints(folder / kFingerprintsFile);
  ASSERT_EQ(read.size(), report.systems[0].fingerprints.size());
  EXPECT_EQ(read.size(), 5u * (20 + 80));  // whole queries; 80 windows of each reference
  EXPECT_EQ(read[0].system, "model");
  EXPECT_EQ(read[0].role, ItemRole::kReference);
  EXPECT_EQ(read[0].song, "a, \"b\"");
  EXPECT_EQ(read[0].axes.size(), static_cast<size_t>(kDim));
  for (size_t i = 0; i < read.size(); ++i)
    EXPECT_NEAR(read[i].axes[0], report.systems[0].fingerprints[i].axes[0], 1e-5);

  EvaluationReport none;
  none.name = "none";
  write_report(none, folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder / kFingerprintsFile)) << "of an earlier evaluation";
}

TEST(FingerprintSample, RefusesADamagedTable) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "f.csv",
                        "system,role,id,song,centre_s,axis1,rest\nmodel,neither,a,b,1,0.5,0.1\n");
  try {
    read_fingerprints(folder / "f.csv");
    ADD_FAILURE() << "was not refused";
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), HasSubstr("f.csv: line 2"));
    EXPECT_THAT(e.what(), HasSubstr("unknown role 'neither'"));
  }
}

}  // namespace
}  // namespace melomine::evaluation

#include "evaluation/broken_items.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/logging.h"
#include "evaluation/evaluation.h"
#include "evaluation/evaluation_report.h"
#include "tests/evaluation/tunes.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::evaluation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Tables of the tunes on disk, some of them broken.
class BrokenItemsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string queries = "query,reference_id,group\n", references = "reference_id,path\n";
    for (size_t i = 0; i < kTunes.size(); ++i) {
      testing::write_wav(folder_ / fmt::format("q{}.wav", i), tune(kTunes[i], 3));
      testing::write_wav(folder_ / fmt::format("r{}.wav", i), tune(kTunes[i], 0));
      queries += fmt::format("q{}.wav,tune{},group{}\n", i, i, i % 2);
      references += fmt::format("tune{},r{}.wav\n", i, i);
    }
    write_file_atomically(folder_ / "q.csv", queries);
    write_file_atomically(folder_ / "r.csv", references);
  }
  void break_file(const std::string& name) { write_file_atomically(folder_ / name, "<html>403</html>"); }
  /// Without references, among each other.
  EvaluationSet read(const std::vector<std::filesystem::path>& references,
                     BrokenItems broken = BrokenItems::kAreErrors) {
    if (references.empty()) return read_each_other_set(folder_ / "q.csv", broken);
    return read_reference_set(
        {.queries = folder_ / "q.csv", .references = references, .omissions = {.broken = broken}});
  }
  EvaluationSet sound_set(const std::vector<std::filesystem::path>& references) {
    EvaluationSet set = read(references, BrokenItems::kAreLeftOut);
    leave_out_broken(set, observer_);
    return set;
  }
  /// Ids of the items that are still there.
  static std::vector<std::string> ids(const std::vector<EvaluationItem>& items) {
    std::vector<std::string> all;
    for (const EvaluationItem& item : items) all.push_back(item.id);
    return all;
  }
  /// The message with which an evaluation that does not keep going ends.
  std::string refusal(const std::vector<std::filesystem::path>& references) {
    try {
      evaluate(read(references), nullptr, EvaluationConfig(), observer_);
      return "nothing was thrown";
    } catch (const DataError& e) {
      return e.what();
    }
  }
  testing::TempFolder folder_;
  RunObserver observer_;
};

TEST_F(BrokenItemsTest, AreLeftOutAndTheRestIsEvaluatedAsIfTheyHadNeverBeen) {
  ASSERT_GE(kTunes.size(), 4u);
  break_file("q0.wav");                         // a broken query
  break_file("r1.wav");                         // a broken reference, and a query without one
  std::filesystem::remove(folder_ / "q2.wav");  // a query that is not there
  const EvaluationSet set = sound_set({folder_ / "r.csv"});
  EXPECT_EQ(set.queries.size(), kTunes.size() - 3);
  EXPECT_EQ(set.references.size(), kTunes.size() - 1);
  ASSERT_EQ(set.broken.size(), 4u);
  EXPECT_EQ(set.broken[0].role, ItemRole::kReference);
  EXPECT_EQ(set.broken[0].id, "tune1");
  EXPECT_THAT(set.broken[0].reason, AllOf(HasSubstr("r.csv: line 3"), HasSubstr("an HTML page")));
  EXPECT_THAT(set.broken[0].reason, ::testing::Not(HasSubstr("--keep-going")));
  EXPECT_THAT(set.broken[1].reason, AllOf(HasSubstr("q.csv: line 2"), HasSubstr("q0.wav")));
  EXPECT_THAT(set.broken[2].reason, HasSubstr("nothing left to find"));
  EXPECT_THAT(set.broken[3].reason, HasSubstr("no such file"));
  const auto report = evaluate(set, nullptr, EvaluationConfig(), observer_);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top1"), 1);
  EXPECT_THAT(report_table(record_of(report)), HasSubstr("3 queries and 1 references left out as broken"));
  const auto json = nlohmann::json::parse(report_json(record_of(report)));
  EXPECT_EQ(json["broken"].size(), 4u);
  EXPECT_EQ(json["sources"]["broken_items"], "are left out");
  EXPECT_EQ(json["sources"]["broken_queries"], 3);
  EXPECT_EQ(json["sources"]["broken_references"], 1);

  // The same tables without those rows.
  std::string queries = "query,reference_id,group\n", references = "reference_id,path\n";
  for (size_t i = 0; i < kTunes.size(); ++i) {
    if (i > 2) queries += fmt::format("q{}.wav,tune{},group{}\n", i, i, i % 2);
    if (i != 1) references += fmt::format("tune{},r{}.wav\n", i, i);
  }
  write_file_atomically(folder_ / "q.csv", queries);
  write_file_atomically(folder_ / "r.csv", references);
  const auto expected = evaluate(read({folder_ / "r.csv"}), nullptr, EvaluationConfig(), observer_);
  EXPECT_EQ(report.queries, expected.queries);
  EXPECT_EQ(report.candidates, expected.candidates);
  EXPECT_EQ(report.targets, expected.targets);
  EXPECT_EQ(report.songs, expected.songs);
  EXPECT_EQ(report.systems[0].target_scores, expected.systems[0].target_scores);
  for (size_t q = 0; q < report.queries.size(); ++q)
    EXPECT_EQ(report.systems[0].ranked[q].first_rank, expected.systems[0].ranked[q].first_rank);
}

TEST_F(BrokenItemsTest, AmongEachOtherAGroupMayShrinkToNothing) {
  break_file("q1.wav");
  EvaluationSet set = sound_set({});
  EXPECT_THAT(ids(set.queries), ::testing::Not(::testing::Contains("q1.wav")));
  ASSERT_EQ(set.relevance.size(), set.queries.size());
  for (size_t q = 0; q < set.queries.size(); ++q) {
    EXPECT_EQ(set.relevance[q].excluded, std::vector<int64_t>{static_cast<int64_t>(q)});
    EXPECT_EQ(set.songs[q], fmt::format("group{}", (set.queries[q].id[1] - '0') % 2));
    for (const int64_t target : set.relevance[q].targets) {
      EXPECT_NE(target, static_cast<int64_t>(q));
      // Groups are told by the number's parity.
      const auto number = [](const std::string& id) { return id[1] - '0'; };
      EXPECT_EQ(number(set.queries[static_cast<size_t>(target)].id) % 2, number(set.queries[q].id) % 2);
    }
  }
  for (size_t i = 3; i < kTunes.size(); i += 2) break_file(fmt::format("q{}.wav", i));
  set = sound_set({});
  for (const std::string& id : ids(set.queries)) EXPECT_EQ((id[1] - '0') % 2, 0) << id;
}

TEST_F(BrokenItemsTest, AreErrorsThatNameTheRemedyOtherwise) {
  break_file("q3.wav");
  EXPECT_THAT(refusal({folder_ / "r.csv"}),
              AllOf(HasSubstr("q.csv: line 5"), HasSubstr("q3.wav"), HasSubstr("--keep-going")));
  std::filesystem::remove(folder_ / "q3.wav");
  EXPECT_THAT(refusal({folder_ / "r.csv"}), AllOf(HasSubstr("no such file"), HasSubstr("--keep-going"),
                                                  HasSubstr("evaluate.keep_going=true")));
}

TEST_F(BrokenItemsTest, WhereNothingIsLeftTheReasonIsTold) {
  for (size_t i = 0; i < kTunes.size(); ++i) break_file(fmt::format("r{}.wav", i));
  try {
    sound_set({folder_ / "r.csv"});
    FAIL();
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("no query is left"), HasSubstr("r.csv: line 2")));
  }
}

TEST_F(BrokenItemsTest, ADeadLinkAmongReferencesIsBroken) {
  const auto refs = folder_ / "refs";
  std::filesystem::create_directories(refs / "more");
  for (size_t i = 0; i < kTunes.size(); ++i)
    std::filesystem::create_symlink(folder_ / fmt::format("r{}.wav", i), refs / fmt::format("tune{}.wav", i));
  std::filesystem::remove(folder_ / "r1.wav");
  const EvaluationSet set = sound_set({refs});
  ASSERT_EQ(set.broken.size(), 2u);
  EXPECT_EQ(set.broken[0].role, ItemRole::kReference);
  EXPECT_EQ(set.broken[0].id, "tune1");
  EXPECT_EQ(set.broken[1].id, "q1.wav");  // has nothing left to find
  const auto report = evaluate(set, nullptr, EvaluationConfig(), observer_);
  EXPECT_THAT(report_table(record_of(report)),
              HasSubstr("left out of the references' folders, no audio or MIDI files: 1 (" +
                        (refs / "more").string() + "/)"));
}

TEST_F(BrokenItemsTest, ASoundSetIsLeftAsItIs) {
  const EvaluationSet set = sound_set({folder_ / "r.csv"});
  EXPECT_EQ(set.queries.size(), kTunes.size());
  EXPECT_TRUE(set.broken.empty());
  EXPECT_TRUE(evaluate(set, nullptr, EvaluationConfig(), observer_).repaired.empty());
}

/// The samples on the left, their opposite on the right: their mean is silence.
std::vector<float> opposite_stereo(const std::vector<float>& samples) {
  std::vector<float> both;
  for (const float x : samples) both.insert(both.end(), {x, -x});
  return both;
}

TEST_F(BrokenItemsTest, WhatIsMendedIsHeardCountedAndToldOnce) {
  testing::write_wav(folder_ / "q1.wav", opposite_stereo(tune(kTunes[1], 3)), 16000, 2);
  testing::write_wav(folder_ / "r2.wav", opposite_stereo(tune(kTunes[2], 0)), 16000, 2);
  break_file("q3.wav");
  set_up_logging(LogLevel::kWarning);
  ::testing::internal::CaptureStderr();
  const EvaluationSet set = sound_set({folder_ / "r.csv"});  // reads every item once, evaluating once more
  const auto report = evaluate(set, nullptr, EvaluationConfig(), observer_);
  const std::string log = ::testing::internal::GetCapturedStderr();
  const size_t told = log.find("q1.wav: channel 1 alone");
  ASSERT_NE(told, std::string::npos) << log;
  EXPECT_EQ(log.find("q1.wav", told + 1), std::string::npos) << log;
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top1"), 1);

  ASSERT_EQ(report.repaired.size(), 2u);
  EXPECT_EQ(report.repaired[0].role, ItemRole::kReference);
  EXPECT_EQ(report.repaired[0].id, "tune2");
  EXPECT_EQ(report.repaired[1].role, ItemRole::kQuery);
  EXPECT_EQ(report.repaired[1].id, "q1.wav");
  EXPECT_THAT(report.repaired[1].text, HasSubstr("channel 1 alone"));
  EXPECT_THAT(
      report_table(record_of(report)),
      AllOf(HasSubstr("\n1 queries and 1 references mended to be heard:\n  reference 'tune2': channel 1"),
            HasSubstr("\n  query 'q1.wav': channel 1 alone")));
  const auto json = nlohmann::ordered_json::parse(report_json(record_of(report)));
  ASSERT_EQ(json["repaired"].size(), 2u);
  EXPECT_EQ(json["repaired"][0]["role"], "reference");
  EXPECT_EQ(json["repaired"][1]["text"], report.repaired[1].text);
  const auto read = json.get<EvaluationRecord>();
  ASSERT_EQ(read.repaired.size(), 2u);
  EXPECT_EQ(read.repaired[0].id, "tune2");
  auto older = json;
  older.erase("repaired");
  EXPECT_TRUE(older.get<EvaluationRecord>().repaired.empty());
}

TEST_F(BrokenItemsTest, MidiInAWrapperIsReadAsNotes) {
  const std::string events = std::string("\0\x90\x3c\x50\x60\x80\x3c\0\0\xff\x2f\0", 12);
  const std::string midi =
      "MThd" + std::string("\0\0\0\6\0\0\0\1\0\x60", 10) + "MTrk" + std::string("\0\0\0\x0c", 4) + events;
  const std::string riff = "RIFF" + std::string("\x2e\0\0\0", 4) + "RMIDdata" + std::string("\x22\0\0\0", 4);
  write_file_atomically(folder_ / "r0.wav", riff + midi);
  const EvaluationSet set = read({folder_ / "r.csv"});
  ASSERT_TRUE(set.references[0].notes);
  const auto notes = set.references[0].notes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].pitch_midi, 60);
}

}  // namespace
}  // namespace melomine::evaluation

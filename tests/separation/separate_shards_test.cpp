#include "separation/separate_shards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "datasets/corpus.h"
#include "datasets/ingest.h"
#include "datasets/ingest_state.h"
#include "separation/external_separator.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::separation {
namespace {

namespace fs = std::filesystem;
using datasets::AudioStore;
using datasets::Rendition;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::sine;
using testing::write_wav;
using Words = std::vector<std::string>;

/// Halves the level.
const Words kHalf = {"ffmpeg", "-v", "error", "-nostdin", "-i", "{input}", "-af", "volume=0.5", "{output}"};

/// Fails for mixes whose size is in a list (a file), copies the others.
Words failing_for(const fs::path& sizes) {
  return {"sh",
          "-c",
          "if grep -qx $(stat -c %s \"$0\") \"$2\"; then echo 'does not like it' >&2; exit 1; fi; cp \"$0\" "
          "\"$1\"",
          "{input}",
          "{output}",
          sizes.string()};
}
/// Bytes of a WAV file of this many samples.
size_t wav_bytes(size_t samples) {
  return 44 + 2 * samples;
}

/// Three songs of an original, a cover and a hum, ingested.
class SeparateShards : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string table = "recording_id,song_id,kind,path\n";
    int number = 0;
    for (const std::string song : {"a", "b", "c"})
      for (const std::string kind : {"original", "cover", "humming"}) {
        const std::string id = song + "_" + kind;
        // 0.5 s apart in length, in steps of a tenth of it, so that sizes tell them apart.
        const auto samples = sine(150 + 20 * number, 20 + 0.5 * number, 0.5);
        lengths_[id] = samples.size();
        write_wav(folder_ / (id + ".wav"), samples);
        table += id + "," + song + "," + kind + "," + id + ".wav\n";
        ++number;
      }
    write_file_atomically(folder_ / "songs.csv", table);
    RunObserver silent;
    datasets::ingest(
        {.songs_table = folder_ / "songs.csv", .out = folder_ / "shards", .jobs = 2, .shard_mib = 4}, silent);
  }
  void TearDown() override { set_cancellation_requested(false); }

  datasets::DerivedSummary separate(const Words& command, const std::string& out = "out", int64_t jobs = 2) {
    RunObserver silent;
    return separate(command, out, jobs, silent);
  }
  datasets::DerivedSummary separate(const Words& command, const std::string& out, int64_t jobs,
                                    RunObserver& observer) {
    SeparateConfig config;
    config.separator =
        configs::Choice<SeparatorKind>("external", ExternalConfig{.command = command, .timeout_s = 20});
    config.mixes = folder_ / "shards";
    return separate_shards(config, {.out = folder_ / out, .jobs = jobs, .shard_mib = 1}, observer);
  }
  std::string refusal(const Words& command) {
    try {
      separate(command);
      return "";
    } catch (const ConfigError& e) {
      return e.what();
    }
  }
  std::vector<std::string> hashes(const std::string& out) {
    std::vector<std::string> all = {sha256_of_file(folder_ / out / "DONE"),
                                    sha256_of_file(folder_ / out / "sources.csv")};
    for (const fs::path& shard : datasets::shard_files(folder_ / out)) all.push_back(sha256_of_file(shard));
    return all;
  }

  testing::TempFolder folder_;
  std::map<std::string, size_t> lengths_;
};

TEST_F(SeparateShards, HoldBothRenditionsAndHumsAsTheyAre) {
  const datasets::DerivedSummary summary = separate(kHalf);
  EXPECT_EQ(summary.recordings, 6);
  EXPECT_EQ(summary.present, 6);
  EXPECT_EQ(summary.made, 6);
  EXPECT_EQ(summary.passed, 3);
  EXPECT_THAT(summary.set_aside, IsEmpty());
  EXPECT_FALSE(summary.already_done);
  const auto whole = datasets::Corpus::open((folder_ / "shards").string());
  const auto mixes = datasets::Corpus::open((folder_ / "out").string());
  const auto vocals = datasets::Corpus::open((folder_ / "out").string(), Rendition::kVocals);
  ASSERT_EQ(mixes.store().size(), 9u);
  ASSERT_EQ(vocals.store().size(), 9u);
  EXPECT_EQ(vocals.store().stored_rows(), 15u);
  for (size_t i = 0; i < 9; ++i) {
    const auto& stored = vocals.store().at(i);
    const bool hum = stored.recording.kind == datasets::RecordingKind::kHumming;
    EXPECT_EQ(stored.recording.rendition, hum ? Rendition::kMix : Rendition::kVocals);
    EXPECT_EQ(stored.source_sha256, mixes.store().at(i).source_sha256);
    EXPECT_EQ(stored.recording.path, mixes.store().at(i).recording.path);
    const auto before = mixes.store().read_all(i), after = vocals.store().read_all(i);
    EXPECT_EQ(before, whole.store().read_all(i));
    ASSERT_EQ(before.size(), after.size());
    for (size_t n = 0; n < before.size(); n += 97)
      ASSERT_NEAR(after[n], hum ? before[n] : 0.5f * before[n], 1.01 / 32768) << i << " " << n;
  }
  EXPECT_FALSE(fs::exists(folder_ / "out/spool"));
  EXPECT_FALSE(fs::exists(folder_ / "out/scratch"));
  EXPECT_GT(datasets::shard_files(folder_ / "out").size(),
            datasets::shard_files(folder_ / "shards").size() + 1);
}

TEST_F(SeparateShards, PropertyBytesDoNotDependOnJobs) {
  separate(kHalf, "one", 1);
  separate(kHalf, "four", 4);
  EXPECT_EQ(hashes("one"), hashes("four"));
}

TEST_F(SeparateShards, FinishedItDoesNothing) {
  separate(kHalf);
  const auto before = hashes("out");
  const datasets::DerivedSummary again = separate(kHalf);
  EXPECT_TRUE(again.already_done);
  EXPECT_EQ(again.made, 0);
  EXPECT_EQ(again.present, 6);
  EXPECT_EQ(hashes("out"), before);
}

TEST_F(SeparateShards, AFailureCostsOneRecordingAndOnlyItIsTriedAgain) {
  const fs::path sizes = folder_ / "sizes";
  std::ofstream(sizes) << wav_bytes(lengths_["a_cover"]) << "\n" << wav_bytes(lengths_["c_original"]) << "\n";
  const datasets::DerivedSummary summary = separate(failing_for(sizes));
  EXPECT_EQ(summary.present, 4);
  ASSERT_EQ(summary.set_aside.size(), 2u);
  EXPECT_EQ(summary.set_aside[0].recording_id, "a_cover");
  EXPECT_EQ(summary.set_aside[0].reason, "sh: exit status 1: does not like it");
  const CsvTable listed = CsvTable::read(folder_ / "out/set_aside.csv");
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed.text(1, "recording_id"), "c_original");
  EXPECT_EQ(listed.text(1, "path"), "c_original.wav");
  {
    // Heard as a mix until it has a voice.
    const auto corpus = datasets::Corpus::open((folder_ / "out").string(), Rendition::kVocals);
    const auto index = corpus.store().find("a_cover");
    EXPECT_EQ(corpus.store().at(static_cast<size_t>(index)).recording.rendition, Rendition::kMix);
  }
  std::ofstream(sizes) << wav_bytes(lengths_["c_original"]) << "\n";
  EXPECT_EQ(separate(failing_for(sizes)).made, 1);
  // One that still fails changes nothing.
  const auto before = hashes("out");
  EXPECT_EQ(separate(failing_for(sizes)).set_aside.size(), 1u);
  EXPECT_EQ(hashes("out"), before);
  std::ofstream(sizes) << "\n";
  const datasets::DerivedSummary last = separate(failing_for(sizes));
  EXPECT_EQ(last.made, 1);
  EXPECT_EQ(last.present, 6);
  EXPECT_EQ(CsvTable::read(folder_ / "out/set_aside.csv").size(), 0u);
  EXPECT_EQ(datasets::Corpus::open((folder_ / "out").string(), Rendition::kVocals).store().stored_rows(),
            15u);
  EXPECT_TRUE(separate(failing_for(sizes)).already_done);
}

TEST_F(SeparateShards, EveryKindOfGarbageIsSetAside) {
  struct Case {
    Words command;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {{"ffmpeg", "-v", "error", "-nostdin", "-i", "{input}", "-t", "5", "{output}"},
       "the result lasts 5.000 s"},
      {{"ffmpeg", "-v", "error", "-nostdin", "-i", "{input}", "-af", "volume=0", "{output}"},
       "the result is silent"},
      {{"cp", "/dev/null", "{output}", "-t{input}"}, "cp: exit status 1"},
      {{"false", "{input}", "{output}"}, "false: exit status 1"}};
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string out = "case" + std::to_string(i);
    const datasets::DerivedSummary summary = separate(cases[i].command, out);
    EXPECT_EQ(summary.present, 0);
    ASSERT_EQ(summary.set_aside.size(), 6u);
    EXPECT_THAT(summary.set_aside[0].reason, HasSubstr(cases[i].reason));
    EXPECT_EQ(datasets::Corpus::open((folder_ / out).string(), Rendition::kVocals).store().size(), 9u);
  }
}

/// Asks to stop after some recordings.
class Stopper : public RunObserver {
 public:
  explicit Stopper(int64_t after) : after_(after) {}
  void on_progress(int64_t done, std::string_view) override {
    if (done >= after_) set_cancellation_requested(true);
  }

 private:
  int64_t after_;
};

TEST_F(SeparateShards, InterruptedItGoesOnWithWhatIsMissing) {
  separate(kHalf, "whole");
  for (int64_t after = 1; after <= 5; after += 2) {
    const std::string out = "after" + std::to_string(after);
    Stopper stopper(after);
    EXPECT_THROW(separate(kHalf, out, 1, stopper), Cancelled);
    set_cancellation_requested(false);
    EXPECT_FALSE(fs::exists(folder_ / out / "DONE"));
    EXPECT_THROW(datasets::Corpus::open((folder_ / out).string()), DataError);
    EXPECT_EQ(separate(kHalf, out).made, 6 - after);
    EXPECT_EQ(hashes(out), hashes("whole"));
  }
}

TEST_F(SeparateShards, AnotherSeparatorOrOtherMixesAreRefused) {
  separate(kHalf);
  EXPECT_THAT(refusal({"cp", "{input}", "{output}"}), HasSubstr("command was [\"ffmpeg\",\"-v\",\"error\""));
  EXPECT_THAT(refusal({"cp", "{input}", "{output}"}),
              HasSubstr("now it is [\"cp\",\"{input}\",\"{output}\"]; name another"));
  write_file_atomically(folder_ / "shards/DONE", "something else\n");
  EXPECT_THAT(refusal(kHalf), HasSubstr("shards changed since the folder was begun"));
}

TEST_F(SeparateShards, ASeparatorThatMadeNothingGivesWay) {
  EXPECT_EQ(separate({"false", "{input}", "{output}"}).present, 0);
  EXPECT_EQ(separate(kHalf).present, 6);
  EXPECT_THAT(refusal({"false", "{input}", "{output}"}), HasSubstr("command was"));
}

TEST_F(SeparateShards, WhatIsMissingIsToldBeforeAnythingIsBegun) {
  EXPECT_THAT(refusal({"no_such_separator", "{input}", "{output}"}), HasSubstr("there is no program"));
  EXPECT_FALSE(fs::exists(folder_ / "out/inputs.json"));
  SeparateConfig config;
  config.separator = configs::Choice<SeparatorKind>("external", ExternalConfig{.command = kHalf});
  RunObserver silent;
  EXPECT_THROW(separate_shards(config, {.out = folder_ / "out"}, silent), ConfigError);
  config.mixes = folder_ / "shards";
  EXPECT_THROW(separate_shards(config, {.out = folder_ / "shards"}, silent), ConfigError);
  EXPECT_THROW(separate_shards(config, {}, silent), ConfigError);
  config.mixes = folder_ / "absent";
  EXPECT_THROW(separate_shards(config, {.out = folder_ / "out"}, silent), DataError);
  // A folder that ingest filled is not overwritten.
  config.mixes = folder_ / "shards";
  fs::copy(folder_ / "shards", folder_ / "other", fs::copy_options::recursive);
  EXPECT_THROW(separate_shards(config, {.out = folder_ / "other"}, silent), ConfigError);
}

}  // namespace
}  // namespace melomine::separation

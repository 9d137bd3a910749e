#include "datasets/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <sstream>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "datasets/audio_store.h"
#include "datasets/ingest_state.h"
#include "dsp/encode.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::datasets {
namespace {

namespace fs = std::filesystem;
using melomine::testing::sine;
using melomine::testing::TempFolder;
using melomine::testing::write_wav;
using ::testing::HasSubstr;

/// A table of sines of several lengths and of everything that cannot be decoded.
class IngestTest : public ::testing::Test {
 protected:
  static constexpr int kGood = 8;

  void SetUp() override {
    std::string table = "recording_id,song_id,kind,path,title,artist,youtube_id\n";
    for (int i = 0; i < kGood; ++i) {
      const std::string name = "good" + std::to_string(i);
      good_.push_back(sine(200 + 10 * i, 3.0 + 7 * (i % 3)));
      write_wav(folder_ / (name + ".wav"), good_.back());
      table += name + ",song" + std::to_string(i / 2) + (i % 2 ? ",humming," : ",original,") + name +
               ".wav,T,A,Y\n";
      if (i != 3) continue;
      write_file_atomically(folder_ / "empty.wav", "");
      write_file_atomically(folder_ / "text.mp3", "words");
      write_wav(folder_ / "nan.wav", std::vector<float>(1000, NAN));
      write_wav(folder_ / "zero.wav", std::vector<int16_t>());
      write_wav(folder_ / "cut.wav", good_.back());
      fs::resize_file(folder_ / "cut.wav", 50000);
      for (const char* bad : {"empty.wav", "text.mp3", "nan.wav", "zero.wav", "cut.wav", "absent.wav"})
        table += std::string(bad) + ",s,cover," + bad + ",,,\n";
    }
    write_file_atomically(folder_ / "songs.csv", table);
  }
  void TearDown() override { set_cancellation_requested(false); }

  IngestSummary run(const std::string& out, int64_t jobs = 2) {
    RunObserver silent;
    return ingest({.songs_table = folder_ / "songs.csv", .out = folder_ / out, .jobs = jobs, .shard_mib = 1},
                  silent);
  }
  std::string refusal(const std::string& out) {
    try {
      run(out);
      return "";
    } catch (const ConfigError& e) {
      return e.what();
    }
  }
  /// Hash of each shard and of the list of what was set aside.
  std::vector<std::string> hashes(const std::string& out) {
    std::vector<std::string> all = {sha256_of_file(folder_ / out / "set_aside.csv")};
    for (const fs::path& shard : shard_files(folder_ / out)) all.push_back(sha256_of_file(shard));
    return all;
  }

  TempFolder folder_;
  std::vector<std::vector<int16_t>> good_;
};

TEST_F(IngestTest, StoresWhatDecodesAndSetsTheRestAside) {
  const IngestSummary summary = run("out");
  EXPECT_EQ(summary.recordings, kGood + 6);
  EXPECT_EQ(summary.stored, kGood);
  EXPECT_EQ(summary.stored_by_kind.at("humming"), kGood / 2);
  EXPECT_GT(summary.shards, 1);
  ASSERT_EQ(summary.set_aside.size(), 6u);
  EXPECT_EQ(summary.set_aside[0].recording_id, "empty.wav");
  EXPECT_THAT(summary.set_aside[0].reason, HasSubstr("empty"));
  EXPECT_THAT(summary.set_aside[2].reason, HasSubstr("not finite"));
  EXPECT_THAT(summary.set_aside[4].reason, HasSubstr("truncated"));
  EXPECT_EQ(summary.set_aside[5].reason, "no such file");
  const CsvTable listed = CsvTable::read(folder_ / "out/set_aside.csv");
  EXPECT_EQ(listed.size(), 6u);
  EXPECT_EQ(listed.text(5, "path"), "absent.wav");

  const AudioStore store(folder_ / "out");
  ASSERT_EQ(store.size(), static_cast<size_t>(kGood));
  for (size_t i = 0; i < good_.size(); ++i) {
    EXPECT_EQ(store.at(i).recording.recording_id, "good" + std::to_string(i));
    EXPECT_EQ(store.at(i).source_sha256, sha256_of_file(folder_ / ("good" + std::to_string(i) + ".wav")));
    const auto samples = store.read_all(i);
    ASSERT_EQ(samples.size(), good_[i].size());
    for (size_t n = 0; n < samples.size(); ++n)
      ASSERT_EQ(samples[n], static_cast<float>(good_[i][n]) / 32768.0f);
  }
  // What was needed on the way is gone.
  EXPECT_FALSE(fs::exists(folder_ / "out/spool"));
  EXPECT_FALSE(fs::exists(folder_ / "out/journal.csv"));
  EXPECT_TRUE(fs::exists(folder_ / "out/DONE"));
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

/// A table of three recordings: intact, of opposite channels, and with a remark behind its last frame.
std::string write_repairable(const TempFolder& folder) {
  const auto samples = sine(300, 4);
  write_wav(folder / "intact.wav", samples);
  std::vector<int16_t> opposite;
  for (const int16_t s : samples) opposite.insert(opposite.end(), {s, static_cast<int16_t>(-s)});
  write_wav(folder / "opposite.wav", opposite, 16000, 2);
  dsp::AudioBuffer audio;
  for (const int16_t s : samples) audio.samples.push_back(static_cast<float>(s) / 32768.0f);
  dsp::write_flac(folder / "tail.flac", audio);
  std::ofstream(folder / "tail.flac", std::ios::app) << "TAG" + std::string(125, ' ');
  return "recording_id,song_id,kind,path\ni,s,original,intact.wav\no,s,cover,opposite.wav\n"
         "t,s,cover,tail.flac\n";
}

TEST_F(IngestTest, WhatWasMendedIsCountedAndListed) {
  write_file_atomically(folder_ / "songs.csv", write_repairable(folder_));
  for (const bool again : {false, true}) {
    const IngestSummary summary = run("out");
    EXPECT_EQ(summary.already_done, again);
    EXPECT_EQ(summary.stored, 3);
    ASSERT_EQ(summary.repaired.size(), 2u);
    EXPECT_EQ(summary.repaired[0].recording_id, "o");
    EXPECT_EQ(summary.repaired[0].repairs.only_channel, 1);
    EXPECT_EQ(summary.repaired[1].recording_id, "t");
    EXPECT_EQ(summary.repaired[1].repairs.skipped_places, 1);
  }
  const CsvTable listed = CsvTable::read(folder_ / "out/repaired.csv");
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed.text(0, "path"), "opposite.wav");
  EXPECT_THAT(listed.text(0, "repairs"), HasSubstr("channel 1 alone"));
  // Decoded twice, stored once, as the channel is.
  const AudioStore store(folder_ / "out");
  EXPECT_EQ(store.read_all(1), store.read_all(0));
}

/// Takes the last columns from the lines of a table.
void cut_columns(const fs::path& path, const std::string& from_column) {
  const std::string text = read_file(path);
  const std::string head = text.substr(0, text.find('\n'));
  const auto kept = std::count(head.begin(), head.begin() + static_cast<long>(head.find(from_column)), ',');
  std::istringstream in(text);
  std::string cut;
  for (std::string line; std::getline(in, line);) {
    size_t end = 0;
    for (long comma = 0; comma < kept; ++comma) end = line.find(',', end) + 1;
    cut += line.substr(0, end - 1) + "\n";
  }
  write_file_atomically(path, cut);
}

TEST_F(IngestTest, AFolderOfAVersionThatDidNotCountRepairsGoesOn) {
  write_file_atomically(folder_ / "songs.csv", write_repairable(folder_));
  run("whole");
  for (const std::string unknown : {"gaps", "lacks_last_page"}) {
    const std::string out = "without_" + unknown;
    const IngestOptions options = {
        .songs_table = folder_ / "songs.csv", .out = folder_ / out, .jobs = 1, .shard_mib = 1};
    Stopper stopper(1);
    EXPECT_THROW(ingest(options, stopper), Cancelled);
    set_cancellation_requested(false);
    cut_columns(folder_ / (out + "/journal.csv"), unknown);
    const IngestSummary rest = run(out);
    EXPECT_LE(rest.decoded, 2);
    EXPECT_EQ(rest.stored, 3);
    EXPECT_EQ(rest.repaired.back().recording_id, "t");
    EXPECT_EQ(hashes(out), hashes("whole"));
    cut_columns(folder_ / (out + "/sources.csv"), unknown);
    EXPECT_EQ(run(out).stored, 3);
  }
}

TEST_F(IngestTest, PropertyBytesDoNotDependOnJobs) {
  run("one", 1);
  run("two", 2);
  run("five", 5);
  EXPECT_EQ(hashes("one"), hashes("two"));
  EXPECT_EQ(hashes("one"), hashes("five"));
}

TEST_F(IngestTest, GoesOnWhereItWasInterrupted) {
  run("whole");
  for (int64_t after = 1; after <= kGood + 6; after += 2) {
    const std::string out = "after" + std::to_string(after);
    const IngestOptions options = {
        .songs_table = folder_ / "songs.csv", .out = folder_ / out, .jobs = 1, .shard_mib = 1};
    Stopper stopper(after);
    set_cancellation_requested(false);
    try {
      ingest(options, stopper);
    } catch (const Cancelled&) {
      EXPECT_FALSE(fs::exists(folder_ / out / "DONE"));
    }
    set_cancellation_requested(false);
    const IngestSummary rest = run(out);
    EXPECT_LE(rest.decoded, kGood + 6 - after) << "decoded again";
    EXPECT_EQ(rest.set_aside.size(), 6u);
    EXPECT_EQ(hashes(out), hashes("whole")) << after;
  }
}

TEST_F(IngestTest, ADamagedSpoolIsDecodedAgain) {
  run("whole");
  const IngestOptions options = {
      .songs_table = folder_ / "songs.csv", .out = folder_ / "out", .jobs = 1, .shard_mib = 1};
  Stopper stopper(2);
  EXPECT_THROW(ingest(options, stopper), Cancelled);
  set_cancellation_requested(false);
  const fs::path spool = folder_ / "out/spool/0000000.pcm";
  ASSERT_TRUE(fs::exists(spool));
  std::string bytes = read_file(spool);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  write_file_atomically(spool, bytes);
  std::ofstream(folder_ / "out/journal.csv", std::ios::app) << "3,17,torn";
  run("out");
  EXPECT_EQ(hashes("out"), hashes("whole"));
}

TEST(IngestJournal, ALineTornByAKillIsCutOffAndWritingGoesOnAfterTheLastWholeOne) {
  const testing::TempFolder folder;
  const fs::path path = folder / "journal.csv";
  const auto record_of = [](int64_t row, const std::string& reason) {
    SourceRecord record;
    record.row = row;
    record.bytes = 100 + row;
    record.reason = reason;
    return record;
  };
  {
    IngestJournal journal(path);
    EXPECT_TRUE(journal.earlier().empty());
    journal.append(record_of(4, ""));
    journal.append(record_of(2, "two\nlines"));
    journal.append(record_of(4, "the last word counts"));
  }
  const std::string whole = read_file(path);
  // Cut anywhere in the last line, its end included.
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  for (size_t size = last; size < whole.size(); ++size) {
    write_file_atomically(path, std::string_view(whole).substr(0, size));
    IngestJournal journal(path);
    ASSERT_EQ(journal.earlier().size(), 2U) << size;
    EXPECT_EQ(journal.earlier().at(4).reason, "") << size;
    EXPECT_EQ(journal.earlier().at(2).reason, "two lines");
    journal.append(record_of(4, "the last word counts"));
    EXPECT_EQ(read_file(path), whole) << size;
  }
  IngestJournal journal(path);
  EXPECT_EQ(journal.earlier().at(4).reason, "the last word counts");
  EXPECT_EQ(journal.take_earlier(4).value().reason, "the last word counts");
  EXPECT_FALSE(journal.take_earlier(4));
  EXPECT_EQ(journal.earlier().size(), 1U);
}

TEST_F(IngestTest, AFinishedFolderIsLeftAlone) {
  run("out");
  const auto before = hashes("out");
  const IngestSummary again = run("out");
  EXPECT_TRUE(again.already_done);
  EXPECT_EQ(again.decoded, 0);
  EXPECT_EQ(again.stored, kGood);
  EXPECT_EQ(again.set_aside.size(), 6u);
  EXPECT_EQ(hashes("out"), before);
  // Touched is not changed.
  fs::last_write_time(folder_ / "good1.wav", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(refusal("out"), "");
}

TEST_F(IngestTest, ChangedInputsAreRefusedByName) {
  run("out");
  RunObserver silent;
  const auto message = [&](const IngestOptions& options) -> std::string {
    try {
      ingest(options, silent);
      return "";
    } catch (const ConfigError& e) {
      return e.what();
    }
  };
  EXPECT_THAT(message({.songs_table = folder_ / "songs.csv",
                       .out = folder_ / "out",
                       .jobs = 1,
                       .sample_rate_hz = 8000,
                       .shard_mib = 1}),
              HasSubstr("sample_rate_hz was 16000, now it is 8000"));
  EXPECT_THAT(
      message({.songs_table = folder_ / "songs.csv", .out = folder_ / "out", .jobs = 1, .shard_mib = 2}),
      HasSubstr("shard_mib was 1, now it is 2"));
  auto changed = good_[1];
  changed[5] = static_cast<int16_t>(changed[5] + 1);
  write_wav(folder_ / "good1.wav", changed);
  EXPECT_THAT(refusal("out"), HasSubstr("good1.wav (recording good1) changed"));
  write_wav(folder_ / "good1.wav", good_[1]);
  EXPECT_EQ(refusal("out"), "");
  write_wav(folder_ / "absent.wav", good_[1]);
  EXPECT_THAT(refusal("out"), HasSubstr("has come since"));
  fs::remove(folder_ / "absent.wav");
  fs::remove(folder_ / "good2.wav");
  EXPECT_THAT(refusal("out"), HasSubstr("is gone"));
  std::ofstream(folder_ / "songs.csv", std::ios::app) << "more,s,cover,good0.wav,,,\n";
  EXPECT_THAT(refusal("out"), HasSubstr("songs.csv changed"));
}

TEST_F(IngestTest, RefusesOptionsThatMakeNoSense) {
  RunObserver silent;
  const auto with = [&](int64_t jobs, int64_t rate, int64_t mib) {
    ingest({folder_ / "songs.csv", folder_ / "out", jobs, rate, mib}, silent);
  };
  EXPECT_THROW(with(-1, 16000, 1), ConfigError);
  EXPECT_THROW(with(1, 0, 1), ConfigError);
  EXPECT_THROW(with(1, 16000, 0), ConfigError);
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(IngestTest, ATableOfNothingUsableLeavesNoShard) {
  write_file_atomically(folder_ / "songs.csv", "recording_id,song_id,kind,path\na,s,cover,absent.wav\n");
  const IngestSummary summary = run("out");
  EXPECT_EQ(summary.stored, 0);
  EXPECT_EQ(summary.shards, 0);
  EXPECT_EQ(summary.set_aside.size(), 1u);
  EXPECT_THROW(AudioStore(folder_ / "out"), DataError);
}

}  // namespace
}  // namespace melomine::datasets

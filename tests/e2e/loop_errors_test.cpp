#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/e2e/loop_experiment.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::expect_refusal;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LoopExperiment;

/// A file whose content is changed for a while.
class Changed {
 public:
  Changed(std::string file, const std::string& content) : file_(std::move(file)), kept_(read_file(file_)) {
    write_file_atomically(file_, content);
  }
  ~Changed() { write_file_atomically(file_, kept_); }
  Changed(const Changed&) = delete;
  Changed& operator=(const Changed&) = delete;

 private:
  std::string file_, kept_;
};

/// A file that is away for a while.
class Away {
 public:
  explicit Away(std::string file) : file_(std::move(file)) { fs::rename(file_, file_ + ".away"); }
  ~Away() { fs::rename(file_ + ".away", file_); }
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;

 private:
  std::string file_;
};

std::string with_flipped_bytes(const std::string& file, double from, double to) {
  std::string bytes = read_file(file);
  const auto size = static_cast<double>(bytes.size());
  for (auto i = static_cast<size_t>(from * size); i < static_cast<size_t>(to * size); ++i)
    bytes[i] = static_cast<char>(bytes[i] ^ 0x55);
  return bytes;
}

class E2eLoopErrors : public ::testing::Test {
 protected:
  std::string mine_file(const std::string& name) const {
    return tiny_.run_file("a", "round_01/mine/" + name);
  }
  testing::CommandResult mine(const std::vector<std::string>& more = {}) const {
    return tiny_.loop("mine", "a", more);
  }
  testing::CommandResult run() const { return tiny_.loop("run", "a"); }
  void succeed(const testing::CommandResult& result) const { ASSERT_EQ(result.status, 0) << result.output; }

  LoopExperiment tiny_;
};

TEST_F(E2eLoopErrors, StagesOutOfOrderAndWorkersThatAreNoneLeaveNothingBehind) {
  expect_refusal(mine(), 1, "holds no checkpoint yet; run `melomine train` with the same experiment first");
  expect_refusal(mine({"--round", "2"}), 1, "run `melomine train --round 1`");
  expect_refusal(mine({"--round", "0"}), 2, "rounds are mined from 1 on, got 0");
  for (const char* worker : {"3/3", "-1/2", "x"})
    expect_refusal(mine({"--worker", worker}), 2, "--worker must be r/n with 0 <= r < n, such as 0/3, got '");
  expect_refusal(tiny_.loop("train", "a", {"--round", "1"}), 1,
                 "round 1 is not mined yet; run `melomine mine --round 1`");
  expect_refusal(tiny_.loop("train", "a", {"--round", "-1"}), 2, "--round must be >= 0, got -1");
  expect_refusal(tiny_.loop("evaluate", "a", {"--round", "-1"}), 2, "--round must be >= 0, got -1");
  expect_refusal(tiny_.loop("evaluate", "a", {"--round", "1"}), 1, "run `melomine train --round 1`");
  for (const char* command : {"run", "train"})
    expect_refusal(tiny_.loop(command, "a", {"data.held_out_ids=[nobody]"}), 2, "no song 'nobody'");
  expect_refusal(tiny_.loop("run", "a", {"loop.gate=validation", "train.validate_every=0s"}), 2,
                 "gate: validation needs train.validate_every");
  expect_refusal(tiny_.loop("run", "a", {"data.shards=" + tiny_.path("nowhere")}), 1,
                 "is no folder of audio shards; `melomine ingest");
  EXPECT_FALSE(fs::exists(tiny_.path("runs")));
}

const std::vector<std::string> kMined = {"round_01/mine/mined.h5", "round_01/mine/mined.csv",
                                         "round_01/mine/summary.json"};

TEST_F(E2eLoopErrors, AfterEveryRepairMiningEndsWithTheSame) {
  succeed(tiny_.loop("train", "a"));
  succeed(tiny_.loop("train", "whole"));
  succeed(tiny_.loop("mine", "whole"));
  {
    const Changed shard(tiny_.path("shards/shard-00000.h5"),
                        with_flipped_bytes(tiny_.path("shards/shard-00000.h5"), 0.4, 0.6));
    const auto result = mine();
    expect_refusal(result, 1, "shard-00000.h5: samples: cannot be read");
    EXPECT_THAT(result.output, HasSubstr("(recording s0000"));
    EXPECT_THAT(result.output, HasSubstr("put the file back, or remove its folder and ingest again"));
  }
  {
    const Away truth(tiny_.path("corpus/truth.csv"));
    expect_refusal(
        mine(), 1,
        "truth.csv: cannot open: No such file or directory; put it back or correct data.time_maps");
  }
  {
    const Away done(tiny_.path("shards/DONE"));
    expect_refusal(mine(), 1, "its ingest has not finished");
  }
  {
    const Changed checkpoint(tiny_.run_file("a", "round_00/train/best.safetensors"),
                             read_file(tiny_.run_file("a", "round_00/train/last.safetensors")) + " ");
    expect_refusal(mine(), 2, "was begun with other inputs; what changed since: encoder");
  }
  {
    const Away best(tiny_.run_file("a", "round_00/train/best.safetensors"));
    expect_refusal(mine(), 1, "best.safetensors: is gone; put it back, or remove");
  }
  {
    const Away done(tiny_.run_file("a", "round_00/train/DONE"));
    expect_refusal(mine(), 1, "its training has not finished; run `melomine train` with");
  }
  succeed(mine());
  tiny_.expect_same("a", "whole", kMined);
}

TEST_F(E2eLoopErrors, DamagedAndMissingPartsAreMinedAgainToTheSame) {
  succeed(tiny_.loop("train", "a"));
  succeed(tiny_.loop("train", "whole"));
  succeed(tiny_.loop("mine", "whole"));
  succeed(mine());
  // As if it was stopped before the parts were put together.
  const auto unfinish = [&] { fs::remove(mine_file("DONE")); };
  const std::string part = mine_file("part-00001.h5"), bytes = read_file(part);
  for (const std::string& damaged : {bytes.substr(0, bytes.size() / 2), std::string(),
                                     with_flipped_bytes(part, 0.2, 0.8), std::string("words")}) {
    unfinish();
    write_file_atomically(part, damaged);
    expect_refusal(mine(), 1, "part-00001.h5: ");
    EXPECT_THAT(mine().output,
                HasSubstr("remove part-00001.h5 and run the same command again, which mines it anew"));
    fs::remove(part);
    succeed(mine());
    EXPECT_TRUE(read_file(part) == bytes);
    tiny_.expect_same("a", "whole", kMined);
  }
  for (const char* gone : {"mined.csv", "mined.h5", "summary.json"}) {
    fs::remove(mine_file(gone));
    fs::remove(part);  // mined again, too
    succeed(mine());
    tiny_.expect_same("a", "whole", kMined);
  }
}

TEST_F(E2eLoopErrors, ARunGoesOnAfterRepair) {
  succeed(tiny_.loop("train", "a"));
  succeed(mine());
  {
    // The recording of a cover becomes one of a song that the mined set has nothing of: it is not trained on.
    std::string leaking = read_file(mine_file("mined.csv"));
    std::string held_out;
    for (int song = 1; song <= 6 && held_out.empty(); ++song)
      if (const std::string id = "s0000" + std::to_string(song); leaking.find(id) == std::string::npos)
        held_out = id;
    ASSERT_FALSE(held_out.empty());
    const size_t row = leaking.find("_cover0");
    ASSERT_NE(row, std::string::npos);
    const std::string recording = leaking.substr(row - 6, 14);
    for (size_t at = 0; (at = leaking.find(recording, at)) != std::string::npos; at += recording.size())
      leaking.replace(at, recording.size(), held_out + "_cover01");
    const Changed mined(mine_file("mined.csv"), leaking);
    expect_refusal(run(), 2,
                   "holds recording '" + held_out + "_cover01' of song '" + held_out + "', which is ");
  }
  {
    const Away hums(tiny_.path("corpus/hums.csv"));
    expect_refusal(run(), 1,
                   "hums.csv: cannot open: No such file or directory; put it back or correct data.groups");
  }
  succeed(run());
  {
    const Changed summary(mine_file("summary.json"), "{");
    expect_refusal(run(), 1, "summary.json: is damaged");
  }
  const std::string round = tiny_.run_file("a", "round_01/round.json");
  {
    const Changed record(round, "x");
    expect_refusal(run(), 1, "round.json: is damaged");
  }
  {
    const Changed mined(mine_file("mined.csv"), read_file(mine_file("mined.csv")) + "\n");
    expect_refusal(run(), 2,
                   "round_01/train was begun with other inputs; what changed since: mined (round_01)");
  }
  const Changed report(tiny_.run_file("a", "round_01/evaluate/held_out/report.json"), "{");
  expect_refusal(run(), 1, "report.json: is damaged");
  fs::remove(tiny_.run_file("a", "round_01/evaluate/held_out/report.json"));
  fs::remove(round);
  succeed(run());
}

/// Files cannot grow beyond this, for programs started while it lives; writes then fail as on a full disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_F(E2eLoopErrors, WhatCannotBeWrittenIsSaidAndNothingHalfRemains) {
  const auto limited = [&](rlim_t bytes, const testing::CommandResult& result, const std::string& message) {
    SCOPED_TRACE(bytes);
    expect_refusal(result, 1, message);
    EXPECT_THAT(tiny_.left_over("a"), IsEmpty());
  };
  const auto under = [](rlim_t bytes, const auto& command) {
    const FileLimit limit(bytes);
    return command();
  };
  limited(65536, under(65536, [&] { return run(); }),
          "safetensors: cannot be written (disk full? permissions?)");
  succeed(tiny_.loop("train", "a"));
  // A part is larger than 4 KiB, what was written before it is not.
  limited(4096, under(4096, [&] { return mine(); }), "part-00000.h5.tmp: cannot be written: File too large");
  limited(1000, under(1000, [&] { return tiny_.loop("evaluate", "a"); }),
          "fingerprints.csv: cannot write: File too large");
  succeed(run());
  succeed(tiny_.loop("run", "whole"));
  tiny_.expect_same("whole", "a", LoopExperiment::results());
}

/// Other shards of the corpus, mined with an encoder that is there.
class E2eLoopCorpora : public E2eLoopErrors {
 protected:
  E2eLoopCorpora() { succeed(tiny_.loop("train", "a")); }

  /// Ingests the corpus' table with other rows. @returns the setting that names the shards
  std::string shards_of(const std::string& name, const std::string& rows) const {
    write_file_atomically(tiny_.path("corpus/" + name + ".csv"), rows);
    const auto result =
        testing::run_melomine({"ingest", tiny_.path("corpus/" + name + ".csv"), "--out", tiny_.path(name)});
    if (result.status != 0) throw std::runtime_error(result.output);
    return "data.shards=" + tiny_.path(name);
  }
  std::string table() const { return read_file(tiny_.path("corpus/songs_vocals.csv")); }
  testing::CommandResult mine_as(const std::string& name, const std::vector<std::string>& settings) const {
    std::vector<std::string> more = {"--checkpoint", tiny_.run_file("a", "round_00/train/best.safetensors")};
    more.insert(more.end(), settings.begin(), settings.end());
    return tiny_.loop("mine", name, more);
  }
};

TEST_F(E2eLoopCorpora, WithoutATruthThereIsNoQuality) {
  succeed(mine_as("b", {"data.time_maps="}));
  const auto summary = tiny_.json("b", "round_01/mine/summary.json");
  EXPECT_TRUE(summary.at("quality").is_null());
  EXPECT_GT(summary.at("yield").at("fragments"), 0);
}

TEST_F(E2eLoopCorpora, WithoutCoversThereIsNothingToMine) {
  std::string rows;
  std::istringstream lines(table());
  for (std::string line; std::getline(lines, line);)
    if (line.find(",cover,") == std::string::npos) rows += line + "\n";
  expect_refusal(mine_as("b", {shards_of("no_covers", rows)}), 2, "has no song to mine");
  EXPECT_FALSE(fs::exists(tiny_.path("runs/b")));
}

TEST_F(E2eLoopCorpora, TheSameAudioHeldOutAndTrainedOnIsALeak) {
  const auto shards = shards_of("leak", table() + "copy,s00002,cover,vocals/s00001_cover01.flac,,,\n");
  for (const char* ids : {"[s00001]", "[s00002]"}) {
    const std::vector<std::string> settings = {shards,
                                               "leaks=refuse",
                                               "data.held_out_songs=0",
                                               "data.validation_songs=0",
                                               "train.validate_every=0s",
                                               std::string("data.held_out_ids=") + ids};
    expect_refusal(mine_as("b", settings), 2, "data leak: recording '");
    expect_refusal(tiny_.loop("run", "b", settings), 2, "hold out both songs (data.held_out_ids)");
    EXPECT_FALSE(fs::exists(tiny_.path("runs/b")));
  }
  // Both held out: no leak.
  succeed(mine_as("b", {shards, "data.held_out_songs=0", "data.validation_songs=0", "train.validate_every=0s",
                        "data.held_out_ids=[s00001, s00002]"}));
}

TEST_F(E2eLoopCorpora, RecordingsThatCannotBeUsedAreSetAsideAndListed) {
  testing::write_wav(tiny_.path("corpus/vocals/silent.wav"), std::vector<int16_t>(16000 * 20, 0));
  testing::write_wav(tiny_.path("corpus/vocals/short.wav"), testing::sine(220, 1));
  testing::write_wav(tiny_.path("corpus/vocals/hiss.wav"), std::vector<int16_t>(16000 * 20, 1));
  std::string rows = table();
  for (int song = 1; song <= 6; ++song) {
    const std::string id = "s0000" + std::to_string(song);
    rows.append(id).append("_silent,").append(id).append(",cover,vocals/silent.wav,,,\n");
  }
  rows +=
      "s00007_original,s00007,original,vocals/silent.wav,,,\ns00007_cover,s00007,cover,vocals/hiss.wav,,,\n";
  rows +=
      "s00008_original,s00008,original,vocals/short.wav,,,\ns00008_cover,s00008,cover,vocals/hiss.wav,,,\n";
  succeed(mine_as("b", {shards_of("aside", rows), "data.held_out_songs=0", "data.validation_songs=0",
                        "train.validate_every=0s", "data.held_out_ids=[s00001]"}));
  const auto summary = tiny_.json("b", "round_01/mine/summary.json");
  EXPECT_EQ(summary.at("yield").at("songs"), 7);
  EXPECT_EQ(summary.at("yield").at("songs_without_fragments"), 2);
  std::vector<std::string> aside;
  for (const auto& entry : summary.at("set_aside"))
    aside.push_back(std::string(entry.at("recording_id")) + ": " + std::string(entry.at("reason")));
  const std::string silent = "no sound in 20.00 s: every sample is 0";
  EXPECT_THAT(aside, ::testing::ElementsAre(
                         "s00002_silent: " + silent, "s00003_silent: " + silent, "s00004_silent: " + silent,
                         "s00005_silent: " + silent, "s00006_silent: " + silent, "s00007_original: " + silent,
                         HasSubstr("s00008_original: 1.00 s long, and fragments are longer")));
}

}  // namespace
}  // namespace melomine

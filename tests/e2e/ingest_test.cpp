#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/atomic_file.h"
#include "core/random.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_melomine;
using testing::TempFolder;

/// How often the crash test kills; scripts/campaign kills more often.
constexpr int kKills = 4;

/// A corpus of tones at 44.1 kHz in stereo, two broken files among them.
void write_corpus(const fs::path& folder, int recordings, double duration_s) {
  std::string table = "recording_id,song_id,kind,path\n";
  for (int i = 0; i < recordings; ++i) {
    const auto name = "r" + std::to_string(i) + ".wav";
    const auto mono = testing::sine(150 + 7 * i, duration_s * (1 + i % 4) / 4, 0.5, 44100);
    std::vector<int16_t> stereo;
    for (const int16_t s : mono) stereo.insert(stereo.end(), {s, static_cast<int16_t>(s / 2)});
    testing::write_wav(folder / name, stereo, 44100, 2);
    if (i % 10 == 4) fs::resize_file(folder / name, 5000);
    table += name + ",song" + std::to_string(i / 3) + ",cover," + name + "\n";
  }
  write_file_atomically(folder / "songs.csv", table);
}

/// Hash of each shard and of what was set aside.
std::vector<std::string> hashes(const fs::path& out) {
  std::vector<std::string> all = {sha256_of_file(out / "set_aside.csv")};
  for (const fs::path& shard : datasets::shard_files(out)) all.push_back(sha256_of_file(shard));
  return all;
}

/// Starts the binary in silence and kills it after a while.
/// @returns whether it was killed; false when it had ended before
bool run_and_kill(const std::vector<std::string>& arguments, double after_s) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<std::string> words = {MELOMINE_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (freopen("/dev/null", "w", stdout) == nullptr || freopen("/dev/null", "w", stderr) == nullptr)
      _exit(127);
    execv(argv[0], argv.data());
    _exit(127);
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(after_s));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST(CrashIngest, KilledAnywhereTheShardsAreTheSame) {
  const TempFolder folder;
  write_corpus(folder.path(), 40, 20);
  const auto arguments = [&](const std::string& out, const std::string& jobs) {
    return std::vector<std::string>{"ingest", folder / "songs.csv", "--out", folder / out, "--jobs",
                                    jobs,     "--shard-mib",        "1"};
  };
  const auto start = std::chrono::steady_clock::now();
  const auto whole = run_melomine(arguments("whole", "2"));
  ASSERT_EQ(whole.status, 0) << whole.output;
  const double whole_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto expected = hashes(folder / "whole");
  ASSERT_GT(expected.size(), 4u);

  RandomStream random({stream_id("crash"), static_cast<uint64_t>(kKills)});
  int killed = 0, runs = 0;
  // Each run is killed again and again until it comes through, then a new one begins.
  for (; killed < kKills && runs < 10 * kKills; ++runs) {
    const std::string out = "run" + std::to_string(runs);
    while (killed < kKills) {
      if (!run_and_kill(arguments(out, runs % 2 ? "1" : "3"), random.uniform(0.02, 1.0) * whole_s)) break;
      ++killed;
    }
    const auto last = run_melomine(arguments(out, "2"));
    ASSERT_EQ(last.status, 0) << last.output;
    EXPECT_EQ(hashes(folder / out), expected) << "after " << killed << " kills";
    fs::remove_all(folder / out);
  }
  EXPECT_GE(killed, 1);
}

TEST(E2eIngest, SummaryStrictnessAndInspection) {
  const TempFolder folder;
  write_corpus(folder.path(), 6, 2);
  const std::string table = folder / "songs.csv", out = folder / "out";
  auto result = run_melomine({"ingest", table, "--out", out});
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("stored     5 of 6 recordings"));
  EXPECT_THAT(result.output, HasSubstr("r4.wav (r4.wav): truncated"));
  result = run_melomine({"ingest", table, "--out", out, "--strict"});
  EXPECT_EQ(result.status, 1);
  result = run_melomine({"ingest", table, "--out", out, "--json"});
  ASSERT_EQ(result.status, 0) << result.output;
  auto json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json["stored"], 5);
  EXPECT_EQ(json["already_done"], true);
  EXPECT_EQ(json["set_aside"][0]["recording_id"], "r4.wav");
  result = run_melomine({"ingest", table, "--out", out, "--sample-rate", "8000"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("sample_rate_hz was 16000"));

  result = run_melomine({"inspect", out, "--json", "--check", "--recordings"});
  ASSERT_EQ(result.status, 0) << result.output;
  json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json["recordings"], 5);
  EXPECT_EQ(json["songs"], 2);
  EXPECT_EQ(json["finished"], true);
  EXPECT_EQ(json["by_kind"]["cover"], 5);
  EXPECT_EQ(json["recordings_list"].size(), 5u);
  EXPECT_EQ(json["damage"].size(), 0u);
  const std::string shard = folder / "out/shard-00000.h5";
  std::string bytes = read_file(shard);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  write_file_atomically(shard, bytes);
  result = run_melomine({"inspect", shard, "--check"});
  EXPECT_EQ(result.status, 1) << result.output;
}

TEST(E2eIngest, FaultyTablesAreErrorsWithALine) {
  const TempFolder folder;
  write_file_atomically(folder / "songs.csv", "recording_id,song_id,kind,path\na,s,live,a.wav\n");
  auto result = run_melomine({"ingest", folder / "songs.csv", "--out", folder / "out"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("songs.csv: line 2: unknown kind"));
  EXPECT_FALSE(fs::exists(folder / "out"));
  EXPECT_EQ(run_melomine({"ingest", folder / "absent.csv", "--out", folder / "out"}).status, 1);
  EXPECT_EQ(run_melomine({"ingest", folder / "songs.csv"}).status, 2);
  EXPECT_EQ(run_melomine({"ingest", folder / "songs.csv", "--out", folder / "out", "--jobs", "-3"}).status,
            2);
}

TEST(E2eInspect, KnowsAFileByItsContent) {
  const TempFolder folder;
  const std::string header =
      R"({"__metadata__":{"step":"7"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  write_file_atomically(folder / "a.bin", bytes + header + std::string(24, '\0'));
  auto result = run_melomine({"inspect", folder / "a.bin"});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("checkpoint (safetensors)"));
  EXPECT_THAT(result.output, HasSubstr("F32 [2,3]"));
  fs::create_directories(folder / "run/round_00/train");
  write_file_atomically(folder / "run/experiment.yaml", "seed: 1\n");
  write_file_atomically(folder / "run/round_00/train/DONE", "hash\n");
  result = run_melomine({"inspect", folder / "run"});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("round_00/train   done"));
  write_file_atomically(folder / "words.h5", "words");
  EXPECT_EQ(run_melomine({"inspect", folder / "words.h5"}).status, 1);
  EXPECT_EQ(run_melomine({"inspect", folder / "absent"}).status, 1);
}

}  // namespace
}  // namespace melomine

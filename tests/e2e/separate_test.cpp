#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <thread>

#include "core/atomic_file.h"
#include "core/sha256.h"
#include "datasets/audio_shard.h"
#include "datasets/corpus.h"
#include "tests/support/run_melomine.h"
#include "tests/support/started_melomine.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_melomine;

/// Songs whose mixes are a low tone, the band, and a high one, the voice; ingested, with an experiment.
class SeparatedCorpus {
 public:
  static constexpr double kBand_hz = 150, kVoice_hz = 1500;

  SeparatedCorpus(int songs, const std::string& command, const std::string& more = "") {
    std::string table = "recording_id,song_id,kind,path\n";
    for (int i = 0; i < songs; ++i) {
      const std::string song = "s" + std::to_string(i);
      auto samples = testing::sine(kBand_hz, 2 + 0.1 * i, 0.3);
      const auto voice = testing::sine(kVoice_hz, 2 + 0.1 * i, 0.3);
      for (size_t n = 0; n < samples.size(); ++n) samples[n] = static_cast<int16_t>(samples[n] + voice[n]);
      for (const std::string kind : {"original", "cover", "humming"}) {
        const std::string id = song + "_" + kind;
        testing::write_wav(folder_ / (id + ".wav"), samples);
        table += id + "," + song + "," + kind + "," + id + ".wav\n";
      }
    }
    write_file_atomically(folder_ / "songs.csv", table);
    const auto result = run_melomine({"ingest", folder_ / "songs.csv", "--out", folder_ / "shards"});
    EXPECT_EQ(result.status, 0) << result.output;
    write_file_atomically(experiment(),
                          "data: {shards: " + (folder_ / "out").string() +
                              ", rendition: vocals}\nseparate:\n  mixes: " + (folder_ / "shards").string() +
                              "\n  type: external\n  command: " + command + "\n" + more);
  }
  fs::path experiment() const { return folder_ / "experiment.yaml"; }
  fs::path path(const std::string& name) const { return folder_ / name; }
  testing::CommandResult separate(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"separate", experiment().string()});
    return run_melomine(more);
  }
  /// The summary; what goes to standard error is told apart by its brace.
  nlohmann::json summary() const {
    const auto result = separate({"--json"});
    EXPECT_EQ(result.status, 0) << result.output;
    return nlohmann::json::parse(result.output.substr(result.output.find("{\n")), nullptr, true, true);
  }
  std::vector<std::string> hashes(const std::string& out) const {
    std::vector<std::string> all;
    for (const fs::path& shard : datasets::shard_files(folder_ / out)) all.push_back(sha256_of_file(shard));
    return all;
  }

 private:
  testing::TempFolder folder_;
};

double amplitude(const std::vector<float>& samples, double hz) {
  double re = 0, im = 0;
  for (size_t i = 8000; i < 24000; ++i) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / 16000;
    re += samples[i] * std::cos(angle);
    im += samples[i] * std::sin(angle);
  }
  return 2 * std::hypot(re, im) / 16000;
}

TEST(E2eSeparate, AFilterGraphLeavesTheVoiceOfSongsAndTheHumsAsTheyAre) {
  const SeparatedCorpus corpus(2,
                               "[ffmpeg, -v, error, -nostdin, -i, '{input}', -af, "
                               "'pan=mono|c0=c0,highpass=f=600:p=2,highpass=f=600:p=2', '{output}']");
  const auto result = corpus.separate();
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("vocals     4 of 4 recordings"));
  EXPECT_THAT(result.output, HasSubstr("2 hums pass"));
  EXPECT_THAT(result.output, HasSubstr("set aside  0"));
  const auto vocals = datasets::Corpus::open(corpus.path("out").string(), datasets::Rendition::kVocals);
  const auto mixes = datasets::Corpus::open(corpus.path("out").string());
  using Corpus = SeparatedCorpus;
  for (size_t i = 0; i < vocals.store().size(); ++i) {
    const auto voice = vocals.store().read_all(i), mix = mixes.store().read_all(i);
    EXPECT_NEAR(amplitude(mix, Corpus::kBand_hz), 0.3, 0.001);
    EXPECT_NEAR(amplitude(voice, Corpus::kVoice_hz), 0.3, 0.02);
    const bool hum = vocals.store().at(i).recording.kind == datasets::RecordingKind::kHumming;
    if (hum)
      EXPECT_EQ(voice, mix);
    else
      EXPECT_LT(amplitude(voice, Corpus::kBand_hz), 0.01);
  }
  const auto shown = run_melomine({"inspect", corpus.path("out").string(), "--json", "--check"});
  ASSERT_EQ(shown.status, 0) << shown.output;
  const auto json = nlohmann::json::parse(shown.output);
  EXPECT_EQ(json["finished"], true);
  EXPECT_EQ(json["by_rendition"]["vocals"], 4);
  EXPECT_EQ(json["by_rendition"]["mix"], 6);
}

TEST(E2eSeparate, FailuresAreCountedAndToldAndNoneIsFatal) {
  const SeparatedCorpus corpus(1, "[sh, -c, 'echo out of luck >&2; exit 4', '{input}', '{output}']");
  auto result = corpus.separate();
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("vocals     0 of 2 recordings"));
  EXPECT_THAT(result.output, HasSubstr("s0_cover (s0_cover.wav): sh: exit status 4: out of luck"));
  EXPECT_EQ(corpus.separate({"--strict"}).status, 1);
  EXPECT_EQ(corpus.summary()["set_aside"].size(), 2u);
  testing::expect_refusal(corpus.separate({"separate.command=[no_such_program, '{input}{output}']"}), 2,
                          "there is no program 'no_such_program'");
  result = corpus.separate({"separate.type=none"});
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("nothing to separate"));
}

TEST(CrashSeparate, KilledAnywhereItLosesNothing) {
  const SeparatedCorpus corpus(5, "[sh, -c, 'sleep 0.1; cp \"$0\" \"$1\"', '{input}', '{output}']");
  const auto whole = corpus.separate({"data.shards=" + corpus.path("whole").string()});
  ASSERT_EQ(whole.status, 0) << whole.output;
  int64_t left = 10;
  for (int kill = 0; kill < 3; ++kill) {
    testing::StartedMelomine started({"separate", corpus.experiment().string()}, corpus.path("log"));
    // Killed with two more done than before, wherever it is then.
    const auto start = std::chrono::steady_clock::now();
    const auto spooled = [&] {
      int64_t count = 0;
      std::error_code absent;
      for (const auto& entry : fs::directory_iterator(corpus.path("out/spool"), absent))
        count += entry.path().extension() == ".pcm" ? 1 : 0;
      return count;
    };
    while (spooled() < 2 * (kill + 1) && started.is_running() && testing::seconds_since(start) < 20)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(started.end_with(SIGKILL), 128 + SIGKILL);
    left = 10 - spooled();
  }
  EXPECT_LE(left, 4);
  const auto summary = corpus.summary();
  EXPECT_EQ(summary["separated_now"], left);
  EXPECT_EQ(summary["with_vocals"], 10);
  EXPECT_EQ(corpus.hashes("out"), corpus.hashes("whole"));
  EXPECT_FALSE(fs::exists(corpus.path("out/scratch")));
}

TEST(E2eSeparate, ASignalKillsTheProgramAndTheSameCommandContinues) {
  const SeparatedCorpus corpus(1, "[cp, '{input}', '{output}']");
  const std::string settings =
      "separate.command=[sh, -c, 'echo $$ > \"$2\"; test -e \"$3\" || exec sleep 60; cp \"$0\" "
      "\"$1\"', '{input}', '{output}', '" +
      corpus.path("pid").string() + "', '" + corpus.path("go").string() + "']";
  for (const auto& [signal, status] :
       std::map<int, int>{{SIGINT, 130}, {SIGUSR1, 75}, {SIGKILL, 128 + SIGKILL}}) {
    fs::remove(corpus.path("pid"));
    testing::StartedMelomine started({"separate", corpus.experiment().string(), settings},
                                     corpus.path("log"));
    const auto start = std::chrono::steady_clock::now();
    pid_t program = 0;
    while (program == 0 && testing::seconds_since(start) < 20) {
      std::ifstream(corpus.path("pid")) >> program;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_GT(program, 0);
    EXPECT_EQ(started.end_with(signal), status);
    EXPECT_LT(testing::seconds_since(start), 15);
    // Gone, or a zombie where nobody takes leave of orphans.
    const auto is_gone = [&] {
      std::ifstream file("/proc/" + std::to_string(program) + "/stat");
      std::string line;
      return !std::getline(file, line) || line.find(") Z ") != std::string::npos;
    };
    for (int i = 0; i < 200 && !is_gone(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(is_gone()) << "after signal " << signal;
  }
  std::ofstream(corpus.path("go")) << "go";
  const auto last = corpus.separate({settings});
  EXPECT_EQ(last.status, 0) << last.output;
  EXPECT_THAT(last.output, HasSubstr("vocals     2 of 2 recordings"));
}

TEST(E2eHum, GeneratesHumsOfSeparatedSongs) {
  const SeparatedCorpus corpus(2,
                               "[ffmpeg, -v, error, -nostdin, -i, '{input}', -af, "
                               "'highpass=f=600:p=2,highpass=f=600:p=2', '{output}']");
  ASSERT_EQ(corpus.separate().status, 0);
  const std::vector<std::string> command = {
      "hum",    corpus.path("out").string(), "--out", corpus.path("hums").string(), "f0.fmax_hz=2000",
      "tempo=0"};
  auto result = run_melomine(command);
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("hums       4 of 4 recordings"));
  result = run_melomine(command);
  EXPECT_THAT(result.output, HasSubstr("is finished already"));
  const auto hums = datasets::Corpus::open(corpus.path("hums").string());
  EXPECT_EQ(hums.songs().at("s0").hums.size(), 3u);
  EXPECT_TRUE(fs::exists(corpus.path("hums/hums.csv")));
  testing::expect_refusal(
      run_melomine({"hum", corpus.path("out").string(), "--out", corpus.path("hums").string()}), 2,
      "name another folder");
}

}  // namespace
}  // namespace melomine

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/random.h"
#include "dsp/decode.h"
#include "tests/e2e/tiny_experiment.h"
#include "tests/e2e/tune_library.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::CommandResult;
using testing::expect_refusal;
using ::testing::HasSubstr;
using testing::run_melomine;
using testing::TuneLibrary;

/// A recording that is put together from known parts.
class Recording {
 public:
  static constexpr double kRate_hz = 16000;

  /// @returns where it begins, in seconds
  double add(const std::vector<int16_t>& part) {
    const double at_s = now_s();
    samples_.insert(samples_.end(), part.begin(), part.end());
    return at_s;
  }
  void add_silence(double seconds) {
    samples_.resize(samples_.size() + static_cast<size_t>(seconds * kRate_hz));
  }
  void add_noise(double seconds) {
    RandomStream random({17});
    for (int64_t i = 0; i < static_cast<int64_t>(seconds * kRate_hz); ++i)
      samples_.push_back(static_cast<int16_t>(300 * random.normal()));
  }
  double now_s() const { return static_cast<double>(samples_.size()) / kRate_hz; }
  std::string write(const std::string& path) const {
    testing::write_wav(path, samples_);
    return path;
  }

 private:
  std::vector<int16_t> samples_;
};

/// The lines of JSON that a command printed.
std::vector<nlohmann::json> stretches_of(const CommandResult& result) {
  std::vector<nlohmann::json> stretches;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("{\"query\"", 0) == 0) stretches.push_back(nlohmann::json::parse(line));
  return stretches;
}

struct Planted {
  std::string id;
  double start_s, end_s;
};

void expect_found(const std::vector<nlohmann::json>& stretches, const std::vector<Planted>& planted,
                  double tolerance_s) {
  std::vector<nlohmann::json> found;
  std::copy_if(stretches.begin(), stretches.end(), std::back_inserter(found),
               [](const nlohmann::json& s) { return s["match"].get<bool>(); });
  std::string told;
  for (const auto& s : found) told += s.dump() + "\n";
  ASSERT_EQ(found.size(), planted.size()) << told;
  for (size_t i = 0; i < planted.size(); ++i) {
    EXPECT_EQ(found[i]["id"], planted[i].id) << found[i].dump(1);
    EXPECT_NEAR(found[i]["query_start_s"], planted[i].start_s, tolerance_s);
    EXPECT_NEAR(found[i]["query_end_s"], planted[i].end_s, tolerance_s);
  }
}

TEST(E2eIdentify, FindsTheTunesOfARehearsal) {
  const TuneLibrary tunes;
  Recording recording;
  std::vector<Planted> planted;
  recording.add_silence(7);
  for (const int tune : {2, 7}) {
    const double start_s = recording.add(TuneLibrary::hummed(tune, 4, 38, -3, 1.1));
    planted.push_back({"tune" + std::to_string(tune), start_s, recording.now_s()});
    recording.add_noise(9);
    recording.add(TuneLibrary::hummed(300 + tune, 0, 40, 0, 1));  // in no library
    recording.add_silence(5);
  }
  const std::string file = recording.write(tunes.path("rehearsal.wav"));
  const auto result = run_melomine({"identify", tunes.path("library"), file, "--json", "--set",
                                    "contour_weight=0.9", "least_evidence=2", "block_s=30"});
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("x real time"));
  const auto stretches = stretches_of(result);
  expect_found(stretches, planted, 3);
  for (const auto& stretch : stretches) {
    if (!stretch["match"]) continue;
    const auto notes = TuneLibrary::melody(stretch["id"] == "tune2" ? 2 : 7);
    EXPECT_NEAR(stretch["ref_start_s"], notes[4].start_s, 3);
    EXPECT_NEAR(stretch["transposition_semitones"], 3, 1);
    EXPECT_NEAR(stretch["tempo_ratio"], 1 / 1.1, 0.12);
    EXPECT_TRUE(stretch["confidence"].is_null());
  }
  const auto table = run_melomine({"identify", tunes.path("library"), file, "--set", "contour_weight=0.9"});
  EXPECT_THAT(table.output, HasSubstr("tune2"));
  EXPECT_THAT(
      table.output,
      HasSubstr("\n  place in the recording   place in the song      tempo key shift evidence  song\n"));
  EXPECT_THAT(table.output, HasSubstr("no match"));
}

TEST(E2eIdentify, FindsRecordingsByAnEncoderOfSound) {
  const testing::TinyExperiment tiny;
  ASSERT_EQ(tiny.run("train", "cqt", {"train.validate_every=0s"}).status, 0);
  const std::string library = tiny.path("library");
  const auto added =
      run_melomine({"index", library, "--checkpoint", tiny.run_file("cqt", "round_00/train/last.safetensors"),
                    "--add", tiny.path("corpus/references.csv")});
  ASSERT_EQ(added.status, 0) << added.output;
  Recording recording;
  std::vector<Planted> planted;
  for (const std::string song : {"s00003_original", "s00006_original"}) {
    recording.add_silence(6);
    const auto audio = dsp::load_audio(tiny.path("corpus/vocals/" + song + ".flac"));
    std::vector<int16_t> samples;
    for (const float sample : audio.samples) samples.push_back(static_cast<int16_t>(sample * 30000));
    planted.push_back({song, recording.add(samples), recording.now_s()});
    recording.add_silence(8);
  }
  fs::create_directories(tiny.path("shows"));
  recording.write(tiny.path("shows/show.wav"));
  const auto result = run_melomine({"identify", library, tiny.path("shows"), "--json", "--set",
                                    "query_tempo_ratios=[1]", "least_standing=1.5", "least_evidence=1"});
  ASSERT_EQ(result.status, 0) << result.output;
  int64_t found = 0;  // an encoder of 40 steps does not find all of them
  for (const auto& stretch : stretches_of(result)) {
    if (!stretch["match"]) continue;
    ++found;
    const auto is_it = [&](const Planted& p) {
      return stretch["id"] == p.id && stretch["query_start_s"] > p.start_s - 2 &&
             stretch["query_end_s"] < p.end_s + 2;
    };
    EXPECT_TRUE(std::any_of(planted.begin(), planted.end(), is_it)) << stretch.dump(1);
    const double lag_s = stretch["query_start_s"].get<double>() - stretch["ref_start_s"].get<double>();
    EXPECT_TRUE(std::any_of(planted.begin(), planted.end(), [&](const Planted& p) {
      return std::abs(lag_s - p.start_s) < 2;
    })) << stretch.dump(1);
  }
  EXPECT_GE(found, 1);
}

TEST(E2eIdentify, SaysWhatCannotBeDone) {
  const TuneLibrary tunes;
  const std::string library = tunes.path("library");
  expect_refusal(run_melomine({"identify", library}), 2, "recordings");
  expect_refusal(run_melomine({"identify", library, tunes.path("nothing.wav")}), 1, "is left out");
  expect_refusal(run_melomine({"identify", library, "show.wav", "--set", "step_s=20"}), 2, "step_s = 20");
  fs::create_directories(tunes.path("empty"));
  expect_refusal(run_melomine({"identify", library, tunes.path("empty")}), 1, "holds no audio");
}

}  // namespace
}  // namespace melomine

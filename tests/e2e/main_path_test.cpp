#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/sha256.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_melomine;

/// The commands of README.md and scripts/demo, for real, on a corpus that takes seconds.
class E2eMainPath : public ::testing::Test {
 protected:
  void SetUp() override { setenv("OMP_NUM_THREADS", "1", 1); }

  void succeed(const std::vector<std::string>& arguments, const std::string& says = "") {
    const auto result = run_melomine(arguments);
    ASSERT_EQ(result.status, 0) << arguments[0] << ": " << result.output;
    EXPECT_THAT(result.output, HasSubstr(says));
  }

  /// A command over experiments/demo.yaml with the settings that make it small.
  std::vector<std::string> on_demo(const std::string& command) const {
    return {command,
            "experiments/demo.yaml",
            "name=small",
            "runs=" + path("runs"),
            "data.shards=" + path("shards"),
            "data.groups=" + path("corpus/hums.csv"),
            "data.time_maps=" + path("corpus/truth.csv"),
            "data.hum_songs=0",
            "data.held_out_songs=1",
            "data.validation_songs=1",
            "encoder.width=4",
            "train.length=4s",
            "train.checkpoint_every=2s",
            "train.validate_every=2s",
            "train.log_every=1s",
            "train.threads=1",
            "loop.rounds=1"};
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  testing::TempFolder folder_;
};

TEST_F(E2eMainPath, FromNothingToAReport) {
  succeed({"synth", "--songs", "4", "--covers", "1", "--hums", "3", "--duration", "15", "--seed", "1",
           "--out", path("corpus")});
  succeed({"ingest", path("corpus/songs_vocals.csv"), "--out", path("shards")}, "stored     20 of 20");
  succeed({"inspect", path("shards"), "--check"}, "folder of audio shards");
  succeed({"features", path("corpus/vocals/s00001_original.flac"), "--out", path("song.h5")}, "cqt [84, ");

  auto check = on_demo("check");
  check.insert(check.begin(), "config");
  succeed(check, "fine");
  succeed(on_demo("train"), "trained 4 steps");
  succeed(on_demo("train"), "is finished already");
  // What a run wrote about itself is the same run.
  succeed({"train", path("runs/small/experiment.yaml")}, "is finished already");
  succeed({"inspect", path("runs/small/round_00/train/best.safetensors")}, "checkpoint (safetensors)");

  succeed(on_demo("evaluate"), "baseline");
  succeed({"inspect", path("runs/small")}, "round_00/train");
  EXPECT_THAT(read_file(path("runs/small/report.html")), HasSubstr("held_out"));
  const auto report =
      nlohmann::json::parse(read_file(path("runs/small/round_00/evaluate/held_out/report.json")));
  ASSERT_EQ(report.at("systems").size(), 2u);
  const auto& sources = report.at("sources");
  EXPECT_GT(sources.at("model").at("step"), 0);
  EXPECT_EQ(sources.at("corpus").at("shards").at("path"), path("shards"));
  EXPECT_FALSE(sources.at("corpus").at("held_out_songs").empty());
  for (const auto& system : report.at("systems"))  // 4 candidates: Top-5 is certain, first places are not
    EXPECT_EQ(system.at("metrics").at("top5").at("mean"), 1) << system;

  // The loop goes on from the stages that were run alone.
  succeed(on_demo("run"), "report: ");
  EXPECT_TRUE(fs::exists(path("runs/small/round_01/mine/mined.h5")));
  succeed({"report", path("runs/small")}, "report.html");

  succeed({"evaluate", "--queries", path("corpus/queries.csv"), "--references", path("corpus/references.csv"),
           "--checkpoint", path("runs/small/round_00/train/last.safetensors"), "--out", path("report")},
          "12 queries against 4 references");
  EXPECT_TRUE(fs::exists(path("report/queries.csv")));
  const auto tables = nlohmann::json::parse(read_file(path("report/report.json"))).at("sources");
  EXPECT_EQ(tables.at("queries").at("path"), path("corpus/queries.csv"));
  EXPECT_EQ(tables.at("references").at(0).at("sha256"), sha256_of_file(path("corpus/references.csv")));
  EXPECT_EQ(tables.at("model").at("sha256"),
            sha256_of_file(path("runs/small/round_00/train/last.safetensors")));
}

}  // namespace
}  // namespace melomine

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/tiny_experiment.h"
#include "tests/melody/tunes.h"

namespace melomine {
namespace {

using testing::expect_refusal;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TinyExperiment;

/// The tiny experiment, its encoder one of contours that learns from notes, without hums unless `with_hums`.
class ContourExperiment {
 public:
  ContourExperiment() {
    for (int tune = 0; tune < 12; ++tune)
      write_file_atomically(tiny_.path("tune" + std::to_string(tune) + ".mid"),
                            testing::midi_file(testing::random_tune(static_cast<uint64_t>(tune), 40)));
    std::string table = "reference_id,path\n";
    for (int tune = 0; tune < 12; ++tune)
      table += "t" + std::to_string(tune) + ",tune" + std::to_string(tune) + ".mid\n";
    write_file_atomically(tiny_.path("tunes.csv"), table);
  }

  testing::CommandResult train(const std::string& name, std::vector<std::string> more,
                               bool with_hums = true) const {
    std::vector<std::string> settings = {
        "melodies={windows: 6, sources: [{path: " + tiny_.path("tunes.csv") + "}]}",
        "front_end={type: contour, window: {length_s: 2, step_s: 0.5, context_s: 0}}",
        "encoder={type: contour_cnn, width: 8, embedding_dim: 16}", "train.validate_every=0s",
        "train.length=12s"};
    if (!with_hums) settings.insert(settings.end(), {"data.groups=", "data.time_maps="});
    settings.insert(settings.end(), more.begin(), more.end());
    return tiny_.run("train", name, settings);
  }
  std::string checkpoint(const std::string& run) const {
    return tiny_.run_file(run, "round_00/train/last.safetensors");
  }
  std::string inputs(const std::string& run) const {
    return read_file(tiny_.run_file(run, "round_00/train/inputs.json"));
  }

 private:
  TinyExperiment tiny_;
};

TEST(E2eMelodyHums, ContoursOfHumsStandBesideMelodiesAndStartFromTheirEncoder) {
  const ContourExperiment experiment;
  auto first = experiment.train("first", {}, false);
  ASSERT_EQ(first.status, 0) << first.output;
  EXPECT_THAT(first.output, Not(HasSubstr("beside them")));
  EXPECT_THAT(experiment.inputs("first"), Not(HasSubstr("data.groups")));

  const auto second = experiment.train("second", {"train.init=" + experiment.checkpoint("first")});
  ASSERT_EQ(second.status, 0) << second.output;
  EXPECT_THAT(second.output, HasSubstr("groups of recordings, of 6 songs"))
      << "8, one held out, one validates";
  EXPECT_THAT(experiment.inputs("second"), HasSubstr("data.groups"));
  EXPECT_THAT(experiment.inputs("second"), HasSubstr("train.init"));

  const auto scratch = experiment.train("scratch", {});
  ASSERT_EQ(scratch.status, 0) << scratch.output;
  EXPECT_NE(read_file(experiment.checkpoint("scratch")), read_file(experiment.checkpoint("second")));
}

TEST(E2eMelodyHums, AnInitThatDoesNotFitIsRefused) {
  const ContourExperiment experiment;
  ASSERT_EQ(experiment.train("first", {}).status, 0);
  const std::string init = "train.init=" + experiment.checkpoint("first");
  expect_refusal(experiment.train("wider", {init, "encoder.width=12"}), 2, "holds another encoder");
  expect_refusal(experiment.train("gone", {"train.init=nowhere.safetensors"}), 1, "nowhere.safetensors");
  // Another seed holds out another song, which the first encoder may have heard.
  for (int seed = 2; seed < 6; ++seed) {
    const auto other =
        experiment.train("other" + std::to_string(seed), {init, "seed=" + std::to_string(seed)});
    if (other.status == 0) continue;  // the same song by chance
    expect_refusal(other, 2, "is held out here, but ");
    return;
  }
  FAIL() << "four seeds hold out the same song";
}

}  // namespace
}  // namespace melomine

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "tests/configs/sample_config.h"
#include "tests/support/temp_folder.h"

namespace melomine::configs {
namespace {

class Compose : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& content) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    write_file_atomically(path, content);
    return path.string();
  }
  std::string load_error(const std::string& path, const std::vector<std::string>& settings = {}) {
    return config_error([&] { load_config<Sample>(path, settings); });
  }
  melomine::testing::TempFolder folder_;
};

TEST_F(Compose, PrecedenceIsDefaultsBasesFileSettings) {
  write("root.yaml", "name: root\ntrain: {steps: 1, min_rate: 0.5, max_rate: 4, resume: false}\n");
  write("presets/mid.yaml", "extends: ../root.yaml\ntrain: {steps: 2, min_rate: 0.6}\n");
  write("presets/side.yaml", "train: {min_rate: 0.7}\nsets: [a, b]\n");
  const auto top =
      write("top.yaml", "extends: [presets/mid.yaml, presets/side.yaml]\ntrain: {max_rate: 3}\n");
  const Sample read = load_config<Sample>(top, {"train.max_rate=2.5", "sets=[c]"});
  EXPECT_EQ(read.name, "root");         // from the base of a base
  EXPECT_EQ(read.train.steps, 2);       // the middle over the root
  EXPECT_EQ(read.train.min_rate, 0.7);  // the later of two bases
  EXPECT_EQ(read.train.max_rate, 2.5);  // the command line over the file
  EXPECT_FALSE(read.train.resume);      // nobody but the root
  EXPECT_EQ(read.sets, (std::vector<std::string>{"c"}));
  EXPECT_EQ(read.train.milestones, SampleTrain().milestones);
}

TEST_F(Compose, ListsAreReplacedWhole) {
  write("base.yaml", "losses: [{type: arcface}, {type: triplet, temperature: 2}]\n");
  const auto top = write("top.yaml", "extends: base.yaml\nlosses: [{temperature: 3}]\n");
  const Sample read = load_config<Sample>(top);
  ASSERT_EQ(read.losses.size(), 1u);
  EXPECT_EQ(read.losses[0], (SampleLoss{"nt_xent", 3, Denominator::kNegatives}));
}

TEST_F(Compose, ErrorsNameTheFileAValueCameFrom) {
  const auto base = write("base.yaml", "name: x\ntrain:\n  steps: 0\n");
  const auto top = write("top.yaml", "extends: base.yaml\n\nlosses: [{temprature: 1}]\n");
  EXPECT_EQ(load_error(top), base + ":3: train.steps = 0: must be >= 1\n" + top +
                                 ":3: losses[0].temprature: unknown key; did you mean 'temperature'?");
  EXPECT_EQ(load_error(top, {"train.steps=9", "losses=[]"}), "");
}

SampleModel conv(int64_t width, int64_t kernel) {
  return {Choice<ModelKind>("conv", ConvConfig{kernel}), width};
}
SampleModel attention(int64_t width, int64_t heads) {
  return {Choice<ModelKind>("attention", AttentionConfig{heads}), width};
}

TEST_F(Compose, AnotherTypeDropsTheFieldsItLacks) {
  write("base.yaml", "model: {width: 8, kernel: 5}\n");
  const auto top = write("top.yaml", "extends: base.yaml\nmodel: {type: attention, heads: 2}\n");
  const Sample read = load_config<Sample>(top);
  EXPECT_EQ(read.model, attention(8, 2));
  // The other way round, from the command line; and back again.
  EXPECT_EQ(load_config<Sample>(top, {"model.type=conv"}).model, conv(8, 5));
  EXPECT_EQ(load_config<Sample>(top, {"model={type: conv, kernel: 7}"}).model, conv(8, 7));
  // What the same file or the command line sets beside the type must fit it.
  EXPECT_EQ(load_error(top, {"model.type=conv", "model.heads=3"}),
            "command line: model.heads: only for type: attention");
  const auto wrong = write("wrong.yaml", "extends: base.yaml\nmodel: {type: attention, kernel: 2}\n");
  EXPECT_EQ(load_error(wrong), wrong + ":2: model.kernel: only for type: conv");
  // A misspelt key is an error whatever the type.
  const auto base = write("base.yaml", "model: {kernal: 5}\n");
  EXPECT_EQ(load_error(top), base + ":1: model.kernal: unknown key; known: heads, type, width");
}

TEST_F(Compose, FilesAreNamedTheShortWay) {
  const auto base = write("presets/base.yaml", "nam: x\n");
  const auto top = write("experiments/top.yaml", "extends: ../presets/base.yaml\n");
  EXPECT_EQ(load_error(top), base + ":1: nam: unknown key; did you mean 'name'?");
}

TEST_F(Compose, FilesThatCannotBeExtended) {
  EXPECT_EQ(load_error(folder_ / "none.yaml"), (folder_ / "none.yaml").string() + ": no such file");
  EXPECT_EQ(load_error(folder_.path().string()), folder_.path().string() + ": not a file");
  const auto top = write("top.yaml", "name: a\nextends: gone.yaml\n");
  EXPECT_EQ(load_error(top), top + ":2: extends = " + (folder_ / "gone.yaml").string() + ": no such file");
  const auto map = write("map.yaml", "extends: {a: b}\n");
  EXPECT_EQ(load_error(map), map + ":1: extends: must be a file name or a list of file names");
  const auto list = write("list.yaml", "- a\n");
  EXPECT_EQ(load_error(list), list + ": must be a map of keys");
}

TEST_F(Compose, ACircleIsAnError) {
  const auto a = write("a.yaml", "extends: b.yaml\n"), b = write("b.yaml", "name: x\nextends: a.yaml\n");
  EXPECT_EQ(load_error(a), b + ":2: extends goes in a circle: " + a + " -> " + b + " -> " + a);
  const auto self = write("self.yaml", "extends: ./self.yaml\n");
  EXPECT_EQ(load_error(self).find(self + ":1: extends goes in a circle: "), 0u);
}

TEST_F(Compose, ADiamondIsFineAndABombIsNot) {
  write("l0.yaml", "train: {steps: 5}\n");
  for (int i = 1; i <= 30; ++i) {
    write("l" + std::to_string(i) + ".yaml", fmt::format("extends: [l{0}.yaml, l{0}.yaml]\n", i - 1));
  }
  EXPECT_EQ(load_config<Sample>(folder_ / "l2.yaml").train.steps, 5);
  EXPECT_NE(load_error(folder_ / "l30.yaml").find("extends: more than 100 files"), std::string::npos);
}

TEST(Settings, ReachEveryField) {
  const Sample read = parse_config<Sample>(
      "losses: [{}, {type: triplet}]", "f.yaml",
      {"train.steps=1e3", "losses[1].temperature=0.1", "train.milestones=[0.1, 0.2, 1]", "name=a: b # c",
       "train={resume: false}", "sets=[\"x, y\", z]", "losses[0]={denominator: standard}"});
  EXPECT_EQ(read.train.steps, 1000);
  EXPECT_EQ(read.losses[1], (SampleLoss{"triplet", 0.1, Denominator::kNegatives}));
  EXPECT_EQ(read.losses[0].denominator, Denominator::kStandard);
  EXPECT_EQ(read.train.milestones, (std::vector<double>{0.1, 0.2, 1}));
  EXPECT_EQ(read.name, "a: b # c");
  EXPECT_FALSE(read.train.resume);
  EXPECT_EQ(read.sets, (std::vector<std::string>{"x, y", "z"}));
}

TEST(Settings, TheLaterOneWins) {
  EXPECT_EQ(parse_config<Sample>("", "f.yaml", {"train.steps=1", "train.steps=2"}).train.steps, 2);
}

TEST(Settings, ReachAListThatOnlyTheDefaultsHave) {
  const Sample read = parse_config<Sample>("", "f.yaml", {"losses[0].temperature=7"});
  ASSERT_EQ(read.losses.size(), 1u);
  EXPECT_EQ(read.losses[0].temperature, 7);
}

TEST(Settings, AppendToListsOfTheFileAndOfTheDefaults) {
  const Sample read =
      parse_config<Sample>("sets: [a]", "f.yaml",
                           {"sets+=b", "sets+=[c, d]", "losses+={type: triplet, temperature: 2}",
                            "losses[1].temperature=3", "train.milestones+=1"});
  EXPECT_EQ(read.sets, (std::vector<std::string>{"a", "b", "c", "d"}));
  ASSERT_EQ(read.losses.size(), 2u);
  EXPECT_EQ(read.losses[0], SampleLoss{});
  EXPECT_EQ(read.losses[1], (SampleLoss{"triplet", 3, Denominator::kNegatives}));
  EXPECT_EQ(read.train.milestones, (std::vector<double>{0.5, 0.75, 1}));
}

TEST(Settings, AppendAlsoToAnEmptyList) {
  EXPECT_EQ(parse_config<Sample>("sets: []", "f.yaml", {"sets+=x"}).sets, (std::vector<std::string>{"x"}));
  EXPECT_EQ(parse_config<Sample>("", "f.yaml", {"sets+=x"}).sets, (std::vector<std::string>{"x"}));
}

TEST(Settings, Messages) {
  const auto error = [](const std::string& setting) {
    return parse_error("losses: [{}]\nname: n\nsets: [a, b]\n", {setting});
  };
  EXPECT_EQ(error("train.stepz=100"), "command line: train.stepz: unknown key; did you mean 'steps'?");
  EXPECT_EQ(error("train.steps=0"), "command line: train.steps = 0: must be >= 1");
  EXPECT_EQ(error("train.steps="), "command line: train.steps = '': must be an integer");
  EXPECT_EQ(error("losses[0].temperature=-0.1"), "command line: losses[0].temperature = -0.1: must be > 0");
  EXPECT_EQ(error("losses[1].temperature=1"),
            "command line: losses[1].temperature=1: losses has 1 item, there is no [1]");
  EXPECT_EQ(error("sets[2]=c"), "command line: sets[2]=c: sets has 2 items, there is no [2]");
  EXPECT_EQ(error("train[0]=1"), "command line: train[0]=1: train is not a list");
  EXPECT_EQ(error("name.x=1"), "command line: name.x=1: name is not a map");
  EXPECT_EQ(error("verbose"), "command line: 'verbose': must be key=value, such as train.steps=100");
  EXPECT_EQ(error("=5"), "command line: '=5': must be key=value, such as train.steps=100");
  for (const char* bad : {"a..b=1", ".a=1", "a.=1", "a[=1", "a[x]=1", "a[0=1", "a]=1", "[0]=1", "a[0]b=1",
                          "a[-1]=1", "a[99999999999999999999]=1"}) {
    EXPECT_EQ(error(bad), "command line: '" + std::string(bad) +
                              "': the key must be a path such as losses[0].temperature");
  }
  EXPECT_EQ(error("sets=[a").find("command line: not YAML: "), 0u) << error("sets=[a");
  EXPECT_EQ(error("name+=x"), "command line: name+=x: name is not a list, += adds to lists");
  EXPECT_EQ(error("train+={steps: 1}"),
            "command line: train+={steps: 1}: train is not a list, += adds to lists");
  EXPECT_EQ(error("+=x"), "command line: '+=x': the key must be a path such as losses[0].temperature");
  EXPECT_EQ(error("losses+={temperature: -1}"), "command line: losses[1].temperature = -1: must be > 0");
}

TEST(Settings, ApplyOverridesStartsFromTheValuesThereAre) {
  Sample sample;
  sample.train.steps = 5;
  sample.losses = {{"triplet", 1, Denominator::kStandard}, {"arcface", 2, Denominator::kStandard}};
  apply_overrides(sample, {"losses[1].temperature=3", "train.max_rate=9"});
  EXPECT_EQ(sample.train.steps, 5);
  EXPECT_EQ(sample.train.max_rate, 9);
  EXPECT_EQ(sample.losses[0], (SampleLoss{"triplet", 1, Denominator::kStandard}));
  EXPECT_EQ(sample.losses[1], (SampleLoss{"arcface", 3, Denominator::kStandard}));

  const Sample before = sample;
  EXPECT_EQ(config_error([&] {
              apply_overrides(sample, {"name=new", "train.max_rate=0.2"});
            }),
            "command line: train.max_rate = 0.2: must not be below min_rate");
  EXPECT_EQ(sample, before) << "a failed override must change nothing";
}

}  // namespace
}  // namespace melomine::configs

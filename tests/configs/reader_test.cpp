#include <gtest/gtest.h>

#include <algorithm>

#include "tests/configs/sample_config.h"

namespace melomine::configs {
namespace {

TEST(YamlReader, ReadsEveryKindOfField) {
  const Sample read = parse_config<Sample>(R"(
name: a run
train:
  steps: 1e5
  min_rate: 1e-1
  max_rate: +2
  resume: false
  milestones: [0.25, 1]
losses:
  - {type: triplet, temperature: 0.3}
  - denominator: standard
sets: [kth, "2024", 7]
)",
                                           "f.yaml");
  EXPECT_EQ(read.name, "a run");
  EXPECT_EQ(read.train.steps, 100000);
  EXPECT_EQ(read.train.min_rate, 0.1);
  EXPECT_EQ(read.train.max_rate, 2.0);
  EXPECT_FALSE(read.train.resume);
  EXPECT_EQ(read.train.milestones, (std::vector<double>{0.25, 1}));
  ASSERT_EQ(read.losses.size(), 2u);
  EXPECT_EQ(read.losses[0], (SampleLoss{"triplet", 0.3, Denominator::kNegatives}));
  EXPECT_EQ(read.losses[1], (SampleLoss{"nt_xent", 0.05, Denominator::kStandard}));
  EXPECT_EQ(read.sets, (std::vector<std::string>{"kth", "2024", "7"}));
}

TEST(YamlReader, TakesLongListsOfIds) {
  std::string text = "sets:\n";
  for (int i = 0; i < 100'000; ++i) text += "  - song_" + std::to_string(i) + "\n";
  const Sample read = parse_config<Sample>(text, "f.yaml");
  ASSERT_EQ(read.sets.size(), 100'000u);
  EXPECT_EQ(read.sets.back(), "song_99999");
}

TEST(YamlReader, FieldsNotNamedKeepTheirDefaults) {
  EXPECT_EQ(parse_config<Sample>("", "f.yaml"), defaults());
  EXPECT_EQ(parse_config<Sample>("# only a comment\n", "f.yaml"), defaults());
  EXPECT_EQ(parse_config<Sample>("train:\n", "f.yaml"), defaults());
  EXPECT_EQ(parse_config<Sample>("train: {}\n", "f.yaml"), defaults());
  EXPECT_EQ(parse_config<Sample>("losses: []\n", "f.yaml").losses.size(), 0u);
}

TEST(YamlReader, IntegersAreExact) {
  const auto steps = [](const std::string& text) {
    return parse_config<Sample>("train: {steps: " + text + "}", "f.yaml").train.steps;
  };
  EXPECT_EQ(steps("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(steps("9007199254740993"), 9007199254740993);
  EXPECT_EQ(steps("+12"), 12);
  EXPECT_EQ(steps("3e+2"), 300);
  for (const char* bad : {"9223372036854775808", "1e19", "1.5", "1.0", "0x10", "010", "1_000", "1e-1", "1e",
                          "e5", "++1", "5 6", "true", "\"5\"", "12abc", ".inf", "NaN"}) {
    EXPECT_EQ(parse_error("train: {steps: " + std::string(bad) + "}").find("f.yaml:1: train.steps"), 0u)
        << bad;
  }
}

TEST(YamlReader, NumbersAreDecimalAndFinite) {
  const auto error = [](const std::string& text) { return parse_error("train: {max_rate: " + text + "}"); };
  for (const char* bad : {"nan", ".nan", "inf", ".inf", "-.inf", "infinity", "1e999", "0x1p3", "1.2.3", "-",
                          "+-1", "e", "\"1\""}) {
    EXPECT_EQ(error(bad).find("f.yaml:1: train.max_rate"), 0u) << bad;
    EXPECT_NE(error(bad).find("must be a finite number"), std::string::npos) << bad << ": " << error(bad);
  }
}

struct Case {
  const char* yaml;
  const char* message;
};

TEST(YamlReader, MessagesNameFileLineAndKey) {
  const std::vector<Case> cases = {
      {"train:\n  stepz: 5\n", "f.yaml:2: train.stepz: unknown key; did you mean 'steps'?"},
      {"train:\n  quux_quux: 5\n",
       "f.yaml:2: train.quux_quux: unknown key; known: max_rate, milestones, min_rate, resume, steps"},
      {"extends: base.yaml\n", "f.yaml:1: extends: unknown key; known: losses, model, name, sets, train"},
      {"losses:\n  - type: nt_xent\n    temperature: -0.1\n",
       "f.yaml:3: losses[0].temperature = -0.1: must be > 0"},
      {"train: {steps: 0}", "f.yaml:1: train.steps = 0: must be >= 1"},
      {"train: {min_rate: 11}", "f.yaml:1: train.min_rate = 11: must be in [0.1, 10]"},
      {"train: {milestones: [0.5, 0]}", "f.yaml:1: train.milestones[1] = 0: must be in (0, 1]"},
      {"train: {milestones: [a]}", "f.yaml:1: train.milestones[0] = a: must be a finite number"},
      {"train: {milestones: 0.5}",
       "f.yaml:1: train.milestones: must be a list of numbers, got a single value"},
      {"train: {steps: many}", "f.yaml:1: train.steps = many: must be an integer"},
      {"train: {steps: '5'}", "f.yaml:1: train.steps = '5': must be an integer"},
      {"train: {steps: [5]}", "f.yaml:1: train.steps: must be an integer, got a list"},
      {"train: {steps: }", "f.yaml:1: train.steps: must be an integer, got nothing"},
      {"train: {resume: yes}", "f.yaml:1: train.resume = yes: must be true or false"},
      {"train: {max_rate: .nan}", "f.yaml:1: train.max_rate = .nan: must be a finite number"},
      {"train: 5", "f.yaml:1: train: must be a map of keys, got a single value"},
      {"train: [5]", "f.yaml:1: train: must be a map of keys, got a list"},
      {"losses:\n  type: x\n", "f.yaml:1: losses: must be a list, got a map"},
      {"losses:\n", "f.yaml:1: losses: must be a list, got nothing"},
      {"losses: [nt_xent]", "f.yaml:1: losses[0]: must be a map of keys, got a single value"},
      {"name: {a: b}", "f.yaml:1: name: must be a text, got a map"},
      {"name: ~", "f.yaml:1: name: must be a text, got nothing"},
      {"sets: [[a]]", "f.yaml:1: sets[0]: must be a text, got a list"},
      {"losses: [{type: ntxent}]",
       "f.yaml:1: losses[0].type = ntxent: must be one of arcface, nt_xent, triplet; did you mean "
       "'nt_xent'?"},
      {"losses: [{denominator: zzzzzzzzz}]",
       "f.yaml:1: losses[0].denominator = zzzzzzzzz: must be one of negatives, standard"},
      {"train:\n  min_rate: 2\n  max_rate: 1\n", "f.yaml:3: train.max_rate = 1: must not be below min_rate"},
      {"name: x\ntrain:\n  min_rate: 2\n", "f.yaml:2: train.max_rate: must not be below min_rate"},
      {"model: {heads: 2}", "f.yaml:1: model.heads: only for type: attention"},
      {"model: {type: attention, kernel: 2}", "f.yaml:1: model.kernel: only for type: conv"},
      {"model: {type: atention, heads: 2}",
       "f.yaml:1: model.type = atention: must be one of attention, conv; did you mean 'attention'?"},
      {"just words", "f.yaml:1: must be a map of keys, got a single value"},
      {"- a\n- b\n", "f.yaml:1: must be a map of keys, got a list"},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_error(c.yaml), c.message) << c.yaml;
}

TEST(YamlReader, EveryProblemIsReportedAtOnce) {
  EXPECT_EQ(parse_error("nam: x\ntrain:\n  steps: 0\n  resume: 1\nlosses:\n  - temperature: 0\n"),
            "f.yaml:3: train.steps = 0: must be >= 1\n"
            "f.yaml:4: train.resume = 1: must be true or false\n"
            "f.yaml:6: losses[0].temperature = 0: must be > 0\n"
            "f.yaml:1: nam: unknown key; did you mean 'name'?");
}

TEST(YamlReader, ARuleBetweenFieldsIsNotCheckedOnValuesThatWereWrong) {
  EXPECT_EQ(parse_error("train: {min_rate: 2, max_rate: 1000}"),
            "f.yaml:1: train.max_rate = 1000: must be in [0.1, 10]");
}

TEST(YamlReader, ManyProblemsAreCounted) {
  std::string yaml;
  for (int i = 0; i < 50; ++i) yaml += "unknown_key_" + std::to_string(i) + ": 1\n";
  const std::string error = parse_error(yaml);
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 20);
  EXPECT_NE(error.find("… and 30 more problems"), std::string::npos) << error;
}

TEST(YamlReader, LongValuesAreCutInMessages) {
  const std::string error = parse_error("train: {steps: " + std::string(59, 'a') + "ééééé}");
  EXPECT_EQ(error, "f.yaml:1: train.steps = " + std::string(59, 'a') + "…: must be an integer");
}

TEST(YamlDocument, SyntaxErrorsNameTheLine) {
  EXPECT_EQ(parse_error("name: a\ntrain: {steps: 5\n").find("f.yaml:3: not YAML: "), 0u)
      << parse_error("name: a\ntrain: {steps: 5\n");
  EXPECT_EQ(parse_error("name: a\n\tsteps: 5\n").find("f.yaml:2: not YAML: "), 0u)
      << parse_error("name: a\n\tsteps: 5\n");
  EXPECT_EQ(parse_error("name: a: b\n").find("f.yaml:1: not YAML: "), 0u);
  EXPECT_EQ(parse_error("name: *nowhere\n").find("f.yaml:1: not YAML: "), 0u);
}

TEST(YamlDocument, WhatIsRefused) {
  EXPECT_EQ(parse_error("name: a\ntrain: {}\nname: b\n"), "f.yaml:3: name: given twice, first on line 1");
  EXPECT_EQ(parse_error("train: {steps: 1, steps: 2}"), "f.yaml:1: steps: given twice, first on line 1");
  EXPECT_EQ(parse_error("name: a\n---\nname: b\n"), "f.yaml: holds more than one YAML document");
  EXPECT_EQ(parse_error("name: !secret a\n"), "f.yaml:1: tags are not used here, got '!secret'");
  EXPECT_EQ(parse_error("? [a, b]\n: c\n"), "f.yaml:1: a key must be one word, not a list or a map");
  EXPECT_EQ(parse_error("~: c\n"), "f.yaml:1: a key must be one word, got nothing");
  EXPECT_EQ(parse_error("sets: &s [a, *s]\n"), "f.yaml:1: an alias (*) stands inside the value it names");
  EXPECT_EQ(parse_error(std::string("name: a\nsets: [\x01]")),
            "f.yaml:2: not a text file: control character 0x01");
  EXPECT_EQ(parse_error("name: a\n# \xff\n"), "f.yaml:2: not UTF-8 text: byte 0xFF");
  EXPECT_EQ(parse_error("name: a\n\x04garbage"), "f.yaml:2: not a text file: control character 0x04");
}

TEST(YamlDocument, AnchorsAndMergeKeys) {
  const Sample read = parse_config<Sample>(R"(
losses:
  - &base {type: triplet, temperature: 0.5}
  - <<: *base
    temperature: 0.25
  - *base
  - <<: [{denominator: standard}, {denominator: negatives, temperature: 4}]
)",
                                           "f.yaml");
  ASSERT_EQ(read.losses.size(), 4u);
  EXPECT_EQ(read.losses[1], (SampleLoss{"triplet", 0.25, Denominator::kNegatives}));
  EXPECT_EQ(read.losses[2], read.losses[0]);
  EXPECT_EQ(read.losses[3], (SampleLoss{"nt_xent", 4, Denominator::kStandard}));
  EXPECT_EQ(parse_error("train: {<<: 5}"), "f.yaml:1: <<: must name a map or a list of maps");
  EXPECT_EQ(
      parse_error("losses:\n- &a\n  temperature: 0\n- *a\n"),
      "f.yaml:3: losses[0].temperature = 0: must be > 0\nf.yaml:3: losses[1].temperature = 0: must be > 0");
}

TEST(YamlDocument, AByteOrderMarkAndCrLfAreTaken) {
  EXPECT_EQ(parse_config<Sample>("\xEF\xBB\xBFname: a\r\ntrain:\r\n  steps: 7\r\n", "f.yaml").train.steps, 7);
}

struct Throwing {
  std::string type = "y";
};
void bind(Binder& b, Throwing& c) {
  b.map(
      "loss",
      [&](Binder& inner) {
        inner.text("type", c.type, "");
        if (c.type != "y") throw ConfigError("unknown loss '" + c.type + "'; known: y");
      },
      "");
}

TEST(YamlReader, AnErrorOfABindFunctionGetsItsPlace) {
  EXPECT_EQ(config_error([] { parse_config<Throwing>("\nloss: {type: x}\n", "f.yaml"); }),
            "f.yaml:2: loss: unknown loss 'x'; known: y");
}

}  // namespace
}  // namespace melomine::configs

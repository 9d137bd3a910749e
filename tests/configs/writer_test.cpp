#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/random.h"
#include "tests/configs/sample_config.h"

namespace melomine::configs {
namespace {

TEST(YamlWriter, WritesEveryField) {
  Sample sample;
  sample.name = "M_0: short";
  sample.sets = {"kth", "no", "2024", "100e", "1e5"};
  EXPECT_EQ(to_yaml(sample), R"(name: "M_0: short"
train:
  steps: 1000
  min_rate: 0.8
  max_rate: 1.25
  resume: true
  milestones: [0.5, 0.75]
losses:
  - type: nt_xent
    temperature: 0.05
    denominator: negatives
sets: [kth, "no", "2024", 100e, "1e5"]
model:
  type: conv
  kernel: 3
  width: 64
)");
}

TEST(YamlWriter, NumbersAreNumbersToOtherReadersToo) {
  Sample sample;
  sample.train.min_rate = 1e-8;
  sample.train.max_rate = 1.5e300;
  sample.train.milestones = {1e22, 0.1, -5};
  const std::string yaml = to_yaml(sample);
  EXPECT_NE(yaml.find("min_rate: 1.0e-08\n"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("max_rate: 1.5e+300\n"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("milestones: [1.0e+22, 0.1, -5]\n"), std::string::npos) << yaml;
}

TEST(YamlWriter, CommentsSayWhatAFieldMeans) {
  const std::string yaml = to_yaml(defaults(), true);
  EXPECT_NE(yaml.find("train:  # optimisation\n  steps: 1000  # optimizer steps\n"), std::string::npos)
      << yaml;
  EXPECT_NE(yaml.find("    temperature: 0.05  # softmax temperature τ\n"), std::string::npos) << yaml;
  EXPECT_EQ(parse_config<Sample>(yaml, "f.yaml"), defaults());
}

struct Later {
  std::string kind = "old", name;
  int64_t band = 0;
};
void bind(Binder& b, Later& c) {
  b.text("kind", c.kind, "known from the first version on");
  b.sparse_text("name", c.name, "came later");
  b.sparse_integer("band", c.band, at_least(0), "came later, too");
}

TEST(YamlWriter, WhatCameLaterIsWrittenWhereItSaysSomething) {
  Later later;
  EXPECT_EQ(to_yaml(later), "kind: old\n");
  EXPECT_EQ(nlohmann::json::parse(to_json(later)), nlohmann::json({{"kind", "old"}}));
  later.name = "new";
  later.band = 3;
  EXPECT_EQ(to_yaml(later), "kind: old\nname: new\nband: 3\n");
  EXPECT_EQ(nlohmann::json::parse(to_json(later))["band"], 3);
  EXPECT_EQ(to_yaml(parse_config<Later>(to_yaml(later), "f.yaml")), to_yaml(later));
  EXPECT_NE(config_error([] { parse_config<Later>("band: -1", "f.yaml"); }).find("band = -1: must be >= 0"),
            std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(json_schema<Later>("later"))["properties"].contains("name"));
}

struct LongDoc {
  double value = 1;
};
void bind(Binder& b, LongDoc& c) {
  std::string doc = "word0";
  for (int i = 1; i < 40; ++i) doc += " word" + std::to_string(i);
  b.number("value", c.value, any_number(), doc);
}

TEST(YamlWriter, LongCommentsStandAbove) {
  const std::string yaml = to_yaml(LongDoc{}, true);
  EXPECT_TRUE(yaml.ends_with("word39\nvalue: 1\n")) << yaml;
  for (size_t begin = 0; begin < yaml.size();) {
    const size_t end = yaml.find('\n', begin);
    EXPECT_LE(end - begin, 110u);
    begin = end + 1;
  }
}

TEST(YamlWriter, WhatIsNotFiniteIsRefused) {
  Sample sample;
  sample.train.max_rate = std::numeric_limits<double>::infinity();
  EXPECT_EQ(config_error([&] { to_yaml(sample); }), "max_rate is not finite, it cannot be written");
}

struct Anything {
  double number = 0;
  int64_t integer = 0;
  std::string text;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  friend bool operator==(const Anything&, const Anything&) = default;
};
void bind(Binder& b, Anything& c) {
  b.number("number", c.number, any_number(), "");
  b.integer("integer", c.integer, any_number(), "");
  b.text("text", c.text, "");
  b.numbers("numbers", c.numbers, any_number(), "");
  b.texts("texts", c.texts, "");
}

double any_finite(RandomStream& random) {
  for (;;) {
    const double value = std::bit_cast<double>(random.bits());
    if (std::isfinite(value)) return value;
  }
}

std::string any_text(RandomStream& random) {
  static const std::vector<std::string> kPieces = {
      "a", "Z",   "_",  "0",    ".",  "-", " ",  ":",    "#",  "\"",   "'",  "\\", "\n", "\t",
      "[", "]",   "{",  "}",    ",",  "&", "*",  "!",    "|",  ">",    "%",  "@",  "`",  "~",
      "é", "ü\n", "中", "true", "no", "1", "e5", "null", "\r", "\x01", "- ", "<<"};
  std::string text;
  for (int64_t n = random.integer(8); n > 0; --n) text += random.pick(kPieces);
  return text;
}

TEST(PropertyYamlWriter, WhatIsWrittenReadsBackToTheSameBits) {
  RandomStream random({stream_id("yaml writer")});
  for (int i = 0; i < 2000; ++i) {
    Anything value;
    value.number = any_finite(random);
    value.integer = static_cast<int64_t>(random.bits());
    value.text = any_text(random);
    for (int64_t n = random.integer(4); n > 0; --n) value.numbers.push_back(any_finite(random));
    for (int64_t n = random.integer(4); n > 0; --n) value.texts.push_back(any_text(random));
    const std::string yaml = to_yaml(value);
    const Anything read = parse_config<Anything>(yaml, "f.yaml");
    ASSERT_EQ(read, value) << yaml;
    ASSERT_EQ(std::signbit(read.number), std::signbit(value.number));
    ASSERT_EQ(to_yaml(read), yaml);
  }
}

TEST(Schema, SaysWhatTheReaderChecks) {
  const auto schema = nlohmann::json::parse(json_schema<Sample>("a sample"));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["title"], "a sample");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_TRUE(schema["properties"].contains("extends"));
  const auto& train = schema["properties"]["train"]["properties"];
  EXPECT_EQ(train["steps"]["type"], "integer");
  EXPECT_EQ(train["steps"]["minimum"], 1);
  EXPECT_EQ(train["steps"]["default"], 1000);
  EXPECT_EQ(train["steps"]["description"], "optimizer steps");
  EXPECT_EQ(train["milestones"]["items"]["exclusiveMinimum"], 0);
  EXPECT_EQ(train["milestones"]["items"]["maximum"], 1);
  EXPECT_EQ(train["milestones"]["default"], (std::vector<double>{0.5, 0.75}));
  const auto& model = schema["properties"]["model"];
  EXPECT_EQ(model["properties"].size(), 4u);
  EXPECT_EQ(model["properties"]["type"]["default"], "conv");
  EXPECT_EQ(model["properties"]["heads"]["description"], "attention heads");
  ASSERT_EQ(model["allOf"].size(), 2u);
  EXPECT_EQ(model["allOf"][0]["if"]["properties"]["type"]["const"], "attention");
  EXPECT_EQ(model["allOf"][0]["then"]["propertyNames"]["enum"],
            (std::vector<std::string>{"heads", "type", "width"}));
  const auto& loss = schema["properties"]["losses"]["items"];
  EXPECT_EQ(loss["additionalProperties"], false);
  EXPECT_EQ(loss["properties"]["type"]["enum"], (std::vector<std::string>{"arcface", "nt_xent", "triplet"}));
  EXPECT_EQ(loss["properties"]["temperature"]["exclusiveMinimum"], 0);
  EXPECT_EQ(loss["properties"]["denominator"]["default"], "negatives");
}

}  // namespace
}  // namespace melomine::configs

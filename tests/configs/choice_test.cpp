#include "configs/choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/configs/sample_config.h"

namespace melomine::configs {
namespace {

using ::testing::ElementsAre;

TEST(Choice, IsAValueWithItsOwnSettings) {
  Choice<ModelKind> a{"attention"};
  a.settings<AttentionConfig>().heads = 9;
  Choice<ModelKind> b = a;
  b.settings<AttentionConfig>().heads = 2;
  EXPECT_EQ(a->describe(), "attention of 9");
  EXPECT_EQ(b->describe(), "attention of 2");
  a = b;
  EXPECT_EQ(a->describe(), "attention of 2");
  a.choose("conv");
  EXPECT_EQ(a->describe(), "conv of 3");
  EXPECT_EQ(b->describe(), "attention of 2");
}

TEST(Choice, RefusesUnknownKindsAndSettingsOfAnother) {
  Choice<ModelKind> a{"conv"};
  EXPECT_EQ(config_error([&] { a.choose("atention"); }),
            "unknown model 'atention'; known: attention, conv; did you mean 'attention'?");
  EXPECT_EQ(a->describe(), "conv of 3");
  EXPECT_EQ(config_error([&] { a.settings<AttentionConfig>(); }),
            "the model chosen is conv, which has other settings");
  EXPECT_EQ(config_error([] { Choice<ModelKind>()->describe(); }), "no model is chosen");
}

TEST(Choice, SettingsAreCheckedByTheKindsOwnBind) {
  Sample sample;
  sample.model.network = {"attention", AttentionConfig{0}};
  EXPECT_EQ(config_error([&] { check(sample, "[sample]"); }), "[sample] model.heads = 0: must be >= 1");
}

TEST(Choice, AnItemOfAListMayHaveNoKindUntilOneIsNamed) {
  struct Models {
    std::vector<Choice<ModelKind>> models;
  };
  struct Local {
    static Models read(const std::string& yaml) {
      Models read;
      const auto body = [&](Binder& b) { b.nested_list("models", read.models, "one after the other"); };
      read_document(parse_document(yaml, "f.yaml"), body);
      return read;
    }
  };
  const Models read = Local::read("models: [{type: conv, kernel: 5}, {type: attention}, {type: conv}]");
  ASSERT_EQ(read.models.size(), 3u);
  EXPECT_EQ(read.models[0]->describe(), "conv of 5");
  EXPECT_EQ(read.models[1]->describe(), "attention of 4");
  EXPECT_EQ(config_error([] { Local::read("models:\n  - {kernel: 5}\n"); }),
            "f.yaml:2: models[0].type: is missing; must be one of attention, conv");
}

TEST(Choice, OfKindsTheCommentSaysWhichThereAre) {
  EXPECT_NE(to_yaml(defaults(), true).find("type: conv  # model: attention, conv\n"), std::string::npos);
}

TEST(Families, AreListedWithWhereTheyAreChosen) {
  const auto found = families<Sample>();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "model");
  EXPECT_EQ(found[0].setting, "model.type");
  ASSERT_EQ(found[0].kinds.size(), 2u);
  EXPECT_EQ(found[0].kinds[0].name, "attention");
  EXPECT_EQ(found[0].kinds[0].doc, "looks everywhere");
  EXPECT_EQ(found[0].kinds[1].name, "conv");
}

/// A family whose kind has a choice of its own, deep in a list.
struct Outer {
  std::vector<Sample> samples;
};
void bind(Binder& b, Outer& c) {
  b.nested_list("samples", c.samples, "some");
}

TEST(Families, AreFoundInListsToo) {
  EXPECT_EQ(families<Outer>()[0].setting, "samples[].model.type");
}

}  // namespace
}  // namespace melomine::configs

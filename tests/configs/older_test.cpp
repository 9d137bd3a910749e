#include "configs/older.h"

#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "tests/configs/sample_config.h"
#include "tests/support/temp_folder.h"

namespace melomine::configs {
namespace {

/// A struct of today whose older versions were one flat map, with another name for `type` and a mode where
/// there is a list now.
struct Network {
  Choice<ModelKind> network{"conv"};
  std::vector<std::string> steps = {"a", "b"};
};

void bind(Binder& b, Network& c) {
  renamed(b, "kind", "type");
  once_of_every_type(b, {"kernel", "heads"});
  b.older([](Value& written, const Value& below) {
    const Value* mode = written.find("mode");
    if (mode == nullptr) return;
    const Value* steps = below.is_map() ? below.find("steps") : nullptr;
    Value list = steps != nullptr ? *steps : Value{};
    list.kind = Value::Kind::kList;
    list.location = mode->location;
    list.items.push_back(scalar_value(mode->text, false, mode->location));
    written.erase("mode");
    written.set("steps", list);
  });
  b.variant(c.network);
  b.texts("steps", c.steps, "one after the other");
}

struct Experiment {
  Network model;
  std::vector<Network> more;
};
void bind(Binder& b, Experiment& c) {
  b.nested("model", c.model, "the network");
  b.nested_list("more", c.more, "others");
}

std::string error_of(const std::string& yaml) {
  return config_error([&] { parse_config<Experiment>(yaml, "f.yaml"); });
}

TEST(Older, ARenamedKeyIsReadUnderItsOldName) {
  const auto read =
      parse_config<Experiment>("model: {kind: attention, heads: 2}\nmore: [{kind: conv}]", "f.yaml");
  EXPECT_EQ(read.model.network->describe(), "attention of 2");
  EXPECT_EQ(read.more.at(0).network->describe(), "conv of 3");
  EXPECT_NE(to_yaml(read).find("type: attention"), std::string::npos);
  EXPECT_EQ(error_of("model:\n  kind: conv\n  type: conv\n"),
            "f.yaml:2: model.kind: unknown key; known: kernel, steps, type");
}

TEST(Older, AMapThatNamesTheKeysOfEveryTypeIsAnOlderOne) {
  const auto read = parse_config<Experiment>("model: {type: attention, kernel: 7, heads: 2}", "f.yaml");
  EXPECT_EQ(read.model.network->describe(), "attention of 2");
  EXPECT_EQ(error_of("model: {type: attention, kernel: 7}"), "f.yaml:1: model.kernel: only for type: conv");
  EXPECT_EQ(config_error([] {
              parse_config<Experiment>("model: {type: attention, kernel: 7, heads: 2}", "f.yaml",
                                       {"model.kernel=8"});
            }),
            "command line: model.kernel: only for type: conv")
      << "what is set beside it is a mistake all the same";
}

TEST(Older, IsRewrittenOnTopOfWhatTheFileExtends) {
  const melomine::testing::TempFolder folder;
  write_file_atomically(folder / "base.yaml", "model: {steps: [x, y], type: attention}\n");
  write_file_atomically(folder / "top.yaml", "extends: base.yaml\nmodel: {mode: z, kernel: 1, heads: 8}\n");
  const auto read = load_config<Experiment>(folder / "top.yaml");
  EXPECT_EQ(read.model.steps, (std::vector<std::string>{"x", "y", "z"}));
  EXPECT_EQ(read.model.network->describe(), "attention of 8");
  write_file_atomically(folder / "newer.yaml", "extends: top.yaml\nmodel: {type: conv}\n");
  EXPECT_EQ(load_config<Experiment>(folder / "newer.yaml").model.network->describe(), "conv of 1");
}

TEST(Older, NothingIsDoneToWhatIsNoMap) {
  EXPECT_EQ(error_of("model: 3"), "f.yaml:1: model: must be a map of keys, got a single value");
  EXPECT_EQ(error_of("more: {kind: conv}"), "f.yaml:1: more: must be a list, got a map");
  EXPECT_EQ(error_of("more: [3]"), "f.yaml:1: more[0]: must be a map of keys, got a single value");
}

}  // namespace
}  // namespace melomine::configs

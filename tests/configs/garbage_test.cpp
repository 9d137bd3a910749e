#include <gtest/gtest.h>

#include "core/random.h"
#include "tests/configs/sample_config.h"

namespace melomine::configs {
namespace {

/// Whatever the text, reading it ends in values or in a ConfigError; any other exception fails the test.
bool reads_or_refuses(const std::string& text) {
  try {
    parse_config<Sample>(text, "f.yaml");
    return true;
  } catch (const ConfigError&) {
    return true;
  } catch (const std::exception& e) {
    ADD_FAILURE() << "not a ConfigError: " << e.what() << "\n" << text.substr(0, 500);
    return false;
  }
}

const char* const kGood =
    "name: &n a run\ntrain:\n  steps: 100\n  min_rate: 0.5  # comment\n  milestones: [0.5, 1]\n  resume: "
    "true\n"
    "losses:\n  - &l {type: nt_xent, temperature: 0.05}\n  - <<: *l\n    denominator: standard\nsets: "
    "[\"a\", 'b', *n]\n";

TEST(PropertyGarbage, DamagedYamlIsReadOrRefused) {
  RandomStream random({stream_id("damaged yaml")});
  static const std::string kSyntax = "{}[]:,&*!|>%@`\"'#-?~ \n\t<\\=abc019.eE+";
  for (int i = 0; i < 4000; ++i) {
    std::string text = kGood;
    for (int64_t n = 1 + random.integer(6); n > 0; --n) {
      const auto at = static_cast<size_t>(random.integer(static_cast<int64_t>(text.size())));
      const char c = random.chance(0.9)
                         ? kSyntax[static_cast<size_t>(random.integer(static_cast<int64_t>(kSyntax.size())))]
                         : static_cast<char>(random.integer(256));
      switch (random.integer(4)) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        case 2:
          text.erase(at, static_cast<size_t>(1 + random.integer(10)));
          break;
        default:
          text += text.substr(at, static_cast<size_t>(random.integer(40)));
      }
      if (text.empty()) text = "a";
    }
    ASSERT_TRUE(reads_or_refuses(text));
  }
}

TEST(PropertyGarbage, RandomBytesAndSyntaxAreReadOrRefused) {
  RandomStream random({stream_id("random yaml")});
  static const std::string kSyntax = "{}[]:,&*!|>%@\"'#-? \n\n ab1";
  for (int i = 0; i < 4000; ++i) {
    std::string text;
    const bool bytes = random.chance(0.2);
    for (int64_t n = random.integer(60); n > 0; --n)
      text += bytes ? static_cast<char>(random.integer(256))
                    : kSyntax[static_cast<size_t>(random.integer(static_cast<int64_t>(kSyntax.size())))];
    ASSERT_TRUE(reads_or_refuses(text));
  }
}

TEST(PropertyGarbage, SettingsAreTakenOrRefused) {
  RandomStream random({stream_id("random settings")});
  static const std::vector<std::string> kPieces = {"train", "losses", "sets", "steps", ".", "[", "]",
                                                   "0",     "1",      "=",    "{",     "}", ",", ":",
                                                   " ",     "\"",     "x",    "-",     "\n"};
  for (int i = 0; i < 4000; ++i) {
    std::string setting;
    for (int64_t n = random.integer(9); n > 0; --n) setting += random.pick(kPieces);
    try {
      parse_config<Sample>(kGood, "f.yaml", {setting});
    } catch (const ConfigError&) {
    } catch (const std::exception& e) {
      FAIL() << "not a ConfigError: " << e.what() << "\n" << setting;
    }
  }
}

TEST(Garbage, DeepNestingIsRefused) {
  for (const char* open : {"[", "{a: ", "- ", "? ", "[{a: "}) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += open;
    EXPECT_NE(parse_error(text), "") << open;
    EXPECT_NE(parse_error("sets: " + text), "") << open;
  }
}

TEST(Garbage, ATabInTheIndentationIsNamed) {
  for (const char* text : {"train:\n\tlength: 5s\n", "train:\n  length: 5s\n\tseed: 1\n", "\tname: x\n",
                           "train:\n  \tlength: 5s\n", "sets:\n\t- a\n"})
    EXPECT_NE(parse_error(text).find("a tab indents the line, use blanks instead"), std::string::npos)
        << text;
  EXPECT_EQ(parse_error("a: [1\nb: 2\n").find("tab"), std::string::npos);
  EXPECT_EQ(parse_error("a:\n\tb: 1\n\n\n\nc: ]\nd: 1\n"),
            "f.yaml:2: not YAML: a tab indents the line, use blanks instead (illegal map value)");
}

TEST(Garbage, Utf16IsNamed) {
  EXPECT_EQ(parse_error(std::string("\xFF\xFEn\0", 4)), "f.yaml: is UTF-16; save it as UTF-8");
}

TEST(Garbage, AMapOfEndlessKeysIsRefused) {
  std::string text;
  for (int i = 0; i <= 10'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(parse_error(text), "f.yaml:10001: more than 10000 keys");
}

TEST(Garbage, AliasBombsAreRefused) {
  std::string bomb = "l0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "l" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k > 0 ? ", " : "") + alias;
    bomb += "]\n";
  }
  EXPECT_EQ(parse_error(bomb), "f.yaml:6: more than 200000 values");
}

}  // namespace
}  // namespace melomine::configs

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <sstream>

#include "core/atomic_file.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;

/// The fenced blocks of a page, in order: what follows the fence, and the lines.
std::vector<std::pair<std::string, std::vector<std::string>>> blocks_of(const fs::path& page) {
  std::vector<std::pair<std::string, std::vector<std::string>>> blocks;
  std::istringstream lines(read_file(page));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) blocks.emplace_back(line.substr(3), std::vector<std::string>());
    } else if (inside) {
      blocks.back().second.push_back(line);
    }
  }
  return blocks;
}

/// Words between blanks; quotes hold words together.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  const std::regex word("\"([^\"]*)\"|(\\S+)");
  for (std::sregex_iterator at(line.begin(), line.end(), word), end; at != end; ++at)
    words.push_back((*at)[1].matched ? (*at)[1] : (*at)[2]);
  return words;
}

/// The command on a smaller corpus.
std::vector<std::string> made_small(std::vector<std::string> words) {
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--songs") words[i + 1] = "6";
    if (words[i] == "--duration") words[i + 1] = "20";
  }
  return words;
}

TEST(E2eTutorials, EveryCommandOfThePageWorks) {
  setenv("OMP_NUM_THREADS", "1", 1);
  const testing::TempFolder folder;
  int commands = 0;
  for (const auto& [kind, lines] : blocks_of("docs/tutorials.md")) {
    if (kind == "yaml") {
      ASSERT_TRUE(lines.front().starts_with("# ")) << "a file's name";
      std::string text;
      for (const std::string& line : lines) text += line + "\n";
      // With fewer steps.
      text = std::regex_replace(text, std::regex("(length|validate_every): \\d+s"), "$1: 6s");
      write_file_atomically(folder / lines.front().substr(2), text);
      continue;
    }
    if (kind == "csv") continue;  // rows of somebody's own
    for (const std::string& line : lines) {
      std::vector<std::string> words = words_of(line);
      ASSERT_EQ(words.front(), "melomine") << line;
      words.erase(words.begin());
      if (words.front() == "serve") continue;  // until somebody ends it
      words = made_small(std::move(words));
      words.insert(words.begin(), MELOMINE_BINARY);
      std::string quoted = "cd '" + folder.path().string() + "' &&";
      for (const std::string& word : words) quoted += " '" + word + "'";
      const auto result = testing::run_command({"sh", "-c", quoted});
      ASSERT_EQ(result.status, 0) << line << "\n" << result.output;
      ++commands;
    }
  }
  EXPECT_GE(commands, 19);
  EXPECT_TRUE(fs::exists(folder / "runs/first/report.html"));
  EXPECT_TRUE(fs::exists(folder / "made/groups.csv"));
}

}  // namespace
}  // namespace melomine

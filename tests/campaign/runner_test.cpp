#include "tests/campaign/runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/campaign/mutation.h"
#include "tests/support/temp_folder.h"

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;

TEST(Mutation, EqualStreamsMakeEqualMutantsAndFewAreTheOriginal) {
  const std::string original = "RIFF....data 1234 and more, with \"quotes\"\nand lines\n";
  int unchanged = 0;
  for (uint64_t n = 0; n < 300; ++n) {
    RandomStream one({1, n}), two({1, n});
    const std::string mutant = mutant_of(original, {"word"}, one);
    EXPECT_EQ(mutant, mutant_of(original, {"word"}, two));
    EXPECT_LE(mutant.size(), kLongestMutant_bytes);
    unchanged += mutant == original;
  }
  EXPECT_LT(unchanged, 60);
}

/// A reader that fails in one way where the file no longer begins as it did.
Target planted(const std::string& name, const std::function<void()>& fail) {
  return {.family = "planted",
          .name = name,
          .make =
              [](const fs::path& folder) {
                write_file_atomically(folder / "file", "begin and end");
                return std::vector<fs::path>{folder / "file"};
              },
          .read =
              [fail](const fs::path&, const fs::path& file) {
                if (!read_file(file).starts_with("begin")) fail();
              }};
}

TEST(CampaignRunner, FindsAndKeepsWhatIsPlantedAndGoesOnBehindIt) {
  const melomine::testing::TempFolder folder;
  const Campaign campaign{.folder = folder.path(), .mutants = 12, .limit_s = 0.2};
  const std::vector<Target> targets = {
      planted("named", [] { throw DataError("file", "", "is damaged"); }),
      planted("unnamed", [] { throw std::out_of_range("vector::at"); }),
      planted("inside", [] { throw DataError("file", "", "[json.exception.type_error.302]"); }),
      planted("crash", [] { raise(SIGKILL); }),
      planted("hang", [] { sleep(60); }),
  };
  run(campaign, targets, 2);
  const std::vector<Outcome> expected = {Outcome::kNamed, Outcome::kUnnamed, Outcome::kUnnamed,
                                         Outcome::kCrash, Outcome::kHang};
  for (size_t t = 0; t < targets.size(); ++t) {
    const Counts counts = counts_of(campaign, targets[t]);
    const int64_t right = counts[static_cast<size_t>(Outcome::kRight)],
                  failed = counts[static_cast<size_t>(expected[t])];
    EXPECT_EQ(right + failed, 12) << targets[t].name;
    EXPECT_GT(right, 0) << targets[t].name;
    EXPECT_GT(failed, 0) << targets[t].name;
    const fs::path findings = folder_of(campaign, targets[t]).finding(0).parent_path();
    const bool is_finding = expected[t] != Outcome::kNamed;
    EXPECT_EQ(fs::exists(findings), is_finding) << targets[t].name;
    if (!is_finding) continue;
    EXPECT_FALSE(read_file(fs::directory_iterator(findings)->path() / "file").starts_with("begin"));
  }
  run(campaign, targets, 2);  // through: nothing is read again
  EXPECT_EQ(counts_of(campaign, targets[3])[static_cast<size_t>(Outcome::kCrash)] +
                counts_of(campaign, targets[3])[static_cast<size_t>(Outcome::kRight)],
            12);
}

}  // namespace
}  // namespace melomine::campaign

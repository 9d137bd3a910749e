#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/folder_lock.h"
#include "core/json_text.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_melomine;

TEST(E2eDoctor, TellsWhatIsFineAndWhoIsAtWork) {
  const testing::TempFolder folder;
  make_folder(folder / "run");
  write_file_atomically(folder / "run/a.h5.tmp", "half");
  const FolderLock lock(folder / "run");
  const auto found = run_melomine({"doctor", folder.path()});
  EXPECT_EQ(found.status, 0) << found.output;
  for (const char* fine :
       {"fine   FFmpeg", "fine   HDF5", "fine   FAISS", "fine   locks", "fine   names", "libtorch  "})
    EXPECT_THAT(found.output, HasSubstr(fine));
  EXPECT_THAT(found.output, HasSubstr("at work    " + (folder / "run").string() + ": pid "));
  EXPECT_THAT(found.output, HasSubstr("1 temporaries of files that never appeared"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
      << "nothing is left behind";
}

TEST(E2eDoctor, AFolderThatCannotBeWrittenIsWrong) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "file", "no folder");
  const auto found = run_melomine({"doctor", folder / "file", "--json"});
  EXPECT_EQ(found.status, 1) << found.output;
  EXPECT_THAT(found.output, HasSubstr("\"WRONG\""));
}

TEST(E2eCompletion, CompletesCommandsAndOptions) {
  const testing::TempFolder folder;
  const auto script = run_melomine({"completion", "bash"});
  ASSERT_EQ(script.status, 0) << script.output;
  write_file_atomically(folder / "script", script.output);
  const auto complete = [&](const std::string& words, int at) {
    return testing::run_command({"bash", "-c",
                                 "source " + (folder / "script").string() + "; COMP_WORDS=(" + words +
                                     "); COMP_CWORD=" + std::to_string(at) +
                                     "; _melomine; echo \"${COMPREPLY[*]}\""})
        .output;
  };
  EXPECT_EQ(complete("melomine ing", 1), "ingest\n");
  EXPECT_EQ(complete("melomine ingest --sh", 2), "--shard-mib\n");
  EXPECT_THAT(complete("melomine regenerate --fetch", 2), HasSubstr("--fetch-per-hour"));
  EXPECT_THAT(complete("melomine regenerate --fetch", 2), Not(HasSubstr("--shard")));
  testing::expect_refusal(run_melomine({"completion", "fish"}), 2, "known: bash, zsh");
}

}  // namespace
}  // namespace melomine

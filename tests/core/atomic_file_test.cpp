#include "core/atomic_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

TEST(AtomicFile, WithoutCommitTheOldContentStaysAndNothingIsLeftBehind) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.txt", "old");
  {
    const AtomicFile file(folder / "a.txt");
    std::ofstream(file.temporary()) << "half of the ne";
  }
  EXPECT_EQ(read_file(folder / "a.txt"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(AtomicFile, CommitReplacesAndMakesTheFolder) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "new" / "a.txt", "one");
  write_file_atomically(folder / "new" / "a.txt", std::string("two\0three", 9));
  EXPECT_EQ(read_file(folder / "new" / "a.txt"), std::string("two\0three", 9));
}

TEST(AtomicFile, AnUnreadableFileIsADataErrorThatNamesIt) {
  try {
    read_file("/nowhere/at/all");
    FAIL();
  } catch (const DataError& e) {
    EXPECT_NE(std::string(e.what()).find("/nowhere/at/all"), std::string::npos);
  }
}

TEST(AtomicFile, AFolderInThePlaceOfAFileOrAFileInThatOfAFolderIsSaidSo) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "file", "x");
  const auto message_of = [](const auto& action) -> std::string {
    try {
      action();
    } catch (const DataError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_NE(message_of([&] { read_file(folder.path()); }).find("is a folder"), std::string::npos);
  EXPECT_NE(message_of([&] { write_file_atomically(folder.path(), "x"); }).find("is a folder"),
            std::string::npos);
  EXPECT_NE(message_of([&] { make_folder(folder / "file"); }).find("Not a directory"), std::string::npos);
  EXPECT_NE(message_of([&] { write_file_atomically(folder / "file/a", "x"); }).find("cannot make the folder"),
            std::string::npos);
  EXPECT_NO_THROW(make_folder(folder / "a/b"));
  EXPECT_NO_THROW(make_folder(folder / "a/b"));
}

}  // namespace
}  // namespace melomine

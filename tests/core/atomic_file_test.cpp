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

TEST(AtomicFile, TwoWritersWithNamesOfTheirOwnDoNotTouchEachOther) {
  const testing::TempFolder folder;
  const auto write = [](const AtomicFile& file, const char* text) {
    std::ofstream(file.temporary(), std::ios::trunc) << text;
  };
  AtomicFile first(folder / "a.txt", "worker-0-of-2");
  AtomicFile second(folder / "a.txt", "worker-1-of-2");
  ASSERT_NE(first.temporary(), second.temporary());
  write(first, "first");
  write(second, "second");
  first.commit();
  EXPECT_EQ(read_file(folder / "a.txt"), "first");
  second.commit();
  EXPECT_EQ(read_file(folder / "a.txt"), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);

  // The next attempt of a killed worker takes up its own temporary.
  EXPECT_EQ(AtomicFile(folder / "a.txt", "worker-1-of-2").temporary(), second.temporary());
  EXPECT_EQ(AtomicFile(folder / "a.txt").temporary(), folder / "a.txt.tmp");
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

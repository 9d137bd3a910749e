#include "core/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

using ::testing::ElementsAre;

TEST(Folder, IsListedInOrderWithoutTheFilesThatMacOsLeavesBesideOthers) {
  const melomine::testing::TempFolder folder;
  for (const char* name : {"b.wav", "._b.wav", "a/c.mid", "a/._c.mid", ".hidden", "._a"})
    write_file_atomically(folder / name, "");
  EXPECT_THAT(list_folder(folder.path()), ElementsAre(folder / ".hidden", folder / "a", folder / "b.wav"));
  EXPECT_THAT(list_folder_deeply(folder.path()),
              ElementsAre(folder / ".hidden", folder / "a", folder / "a/c.mid", folder / "b.wav"));
}

TEST(Folder, ThatIsNotThereIsAnError) {
  const melomine::testing::TempFolder folder;
  EXPECT_THROW(list_folder(folder / "none"), DataError);
  EXPECT_THROW(list_folder_deeply(folder / "none"), DataError);
}

}  // namespace
}  // namespace melomine

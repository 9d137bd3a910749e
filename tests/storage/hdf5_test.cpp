#include "storage/hdf5.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <bit>
#include <limits>

#include "core/atomic_file.h"
#include "core/error.h"
#include "storage/hdf5_table.h"
#include "tests/support/golden_file.h"
#include "tests/support/temp_folder.h"

namespace melomine::storage::hdf5 {
namespace {

using melomine::testing::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Hdf5, ArraysAndAttributesComeBack) {
  const TempFolder folder;
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  {
    File file = File::create(folder / "a.h5");
    Dataset set = file.create_dataset<float>("features", {.shape = {2, 3}});
    set.write_all<float>(values);
    file.set_attribute("name", std::string("melödy"));
    file.set_attribute("empty", std::string());
    file.set_attribute("count", int64_t{-7});
    file.set_attribute("hop_s", 0.25);
    file.flush();
  }
  const File file = File::open(folder / "a.h5");
  EXPECT_THAT(file.names(), ElementsAre("features"));
  EXPECT_THAT(file.open_dataset("features").shape(), ElementsAre(2, 3));
  EXPECT_EQ(file.open_dataset("features").read_all<float>(), values);
  EXPECT_EQ(file.text_attribute("name"), "melödy");
  EXPECT_EQ(file.text_attribute("empty"), "");
  EXPECT_EQ(file.integer_attribute("count"), -7);
  EXPECT_EQ(file.attribute_as_text("hop_s"), "0.25");
  EXPECT_THAT(file.attribute_names(), ElementsAre("count", "empty", "hop_s", "name"));
  // An independent reader sees the same.
  EXPECT_EQ(melomine::testing::GoldenFile(folder / "a.h5").floats("features"), values);
}

TEST(Hdf5, FailuresNameFileAndObject) {
  const TempFolder folder;
  write_file_atomically(folder / "no.h5", "nothing of the kind");
  File::create(folder / "a.h5").flush();
  const auto message = [](const auto& action) -> std::string {
    try {
      action();
      return "";
    } catch (const DataError& e) {
      return e.what();
    }
  };
  EXPECT_THAT(message([&] { File::open(folder / "no.h5"); }), HasSubstr("no.h5"));
  EXPECT_THAT(message([&] { File::open(folder / "absent.h5"); }), HasSubstr("absent.h5"));
  const File file = File::open(folder / "a.h5");
  EXPECT_THAT(message([&] { file.open_dataset("samples"); }), HasSubstr("a.h5: samples: cannot be opened"));
  EXPECT_THAT(message([&] { file.text_attribute("rate"); }), HasSubstr("attribute rate"));
  EXPECT_THAT(message([&] { Table::read(file, "rows"); }), HasSubstr("rows"));
  EXPECT_TRUE(is_hdf5(folder / "a.h5"));
  EXPECT_FALSE(is_hdf5(folder / "no.h5"));
}

TEST(Hdf5, AFileThatAnotherProgramWritesIsSaidToBeInUse) {
  const TempFolder folder;
  File::create(folder / "a.h5").flush();
  const int writer = open((folder / "a.h5").c_str(), O_RDWR | O_CLOEXEC);  // as HDF5 locks what it writes
  ASSERT_EQ(flock(writer, LOCK_EX | LOCK_NB), 0);
  try {
    File::open(folder / "a.h5");
    ADD_FAILURE() << "was opened";
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(),
                HasSubstr("a.h5: cannot be opened as HDF5: another program has it open for writing; close it "
                          "there and try again"));
  }
  close(writer);
  EXPECT_TRUE(File::open(folder / "a.h5").names().empty());
}

TEST(Hdf5, TablesComeBack) {
  const TempFolder folder;
  const std::vector<std::string> names = {"", "a", "a much longer näme"};
  const std::vector<int64_t> counts = {0, -1, int64_t{1} << 60};
  {
    File file = File::create(folder / "a.h5");
    write_table(file, "rows", {{"name", names}, {"count", counts}, {"blank", std::vector<std::string>(3)}});
    write_table(file, "none", {{"name", std::vector<std::string>()}});
    file.flush();
  }
  const File file = File::open(folder / "a.h5");
  const Table table = Table::read(file, "rows");
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(table.texts("name"), names);
  EXPECT_EQ(table.integers("count"), counts);
  EXPECT_EQ(table.texts("blank"), std::vector<std::string>(3));
  EXPECT_EQ(Table::read(file, "none").size(), 0u);
  EXPECT_THROW(table.integers("name"), DataError);
  EXPECT_THROW(table.texts("absent"), DataError);
}

TEST(Hdf5, RealColumnsComeBackBitForBit) {
  const TempFolder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values = {0.1, -0.0, std::numeric_limits<double>::denorm_min(), -1e300, nan};
  const auto write = [&](const std::string& name) {
    File file = File::create(folder / name);
    // A text of odd width before it: the values are not aligned in their rows.
    write_table(file, "rows",
                {{"name", std::vector<std::string>{"a", "abc", "", "", ""}},
                 {"value", values},
                 {"count", std::vector<int64_t>{1, 2, 3, 4, 5}}});
    write_table(file, "none", {{"value", std::vector<double>()}});
    file.flush();
  };
  write("a.h5");
  write("b.h5");
  EXPECT_EQ(read_file(folder / "a.h5"), read_file(folder / "b.h5"));
  const File file = File::open(folder / "a.h5");
  const Table table = Table::read(file, "rows");
  ASSERT_EQ(table.reals("value").size(), values.size());
  for (size_t r = 0; r < values.size(); ++r)
    EXPECT_EQ(std::bit_cast<uint64_t>(table.reals("value")[r]), std::bit_cast<uint64_t>(values[r])) << r;
  EXPECT_THAT(table.integers("count"), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_TRUE(Table::read(file, "none").reals("value").empty());
  EXPECT_THROW(table.reals("count"), DataError);
  EXPECT_THROW(table.integers("value"), DataError);
  EXPECT_THROW(table.texts("value"), DataError);
}

TEST(Hdf5, RefusesColumnsOfUnequalLength) {
  const TempFolder folder;
  File file = File::create(folder / "a.h5");
  EXPECT_THROW(write_table(file, "rows", {{"a", std::vector<int64_t>(2)}, {"b", std::vector<int64_t>(3)}}),
               ShapeError);
}

}  // namespace
}  // namespace melomine::storage::hdf5

#include "library/npy_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine::library {
namespace {

using melomine::testing::TempFolder;

TEST(NpyFile, IsAsNumPyWritesIt) {
  const TempFolder folder;
  NpyWriter writer(folder / "a.npy", 2);
  writer.append(std::vector<int16_t>{1, 2, 3, 4});
  writer.append(std::vector<int16_t>{-1, -32767});
  writer.finish();
  // numpy.lib.format 1.0: magic, version, length of the header, a dict, padded to a multiple of 64.
  const std::string header("{'descr': '<i2', 'fortran_order': False, 'shape': (3, 2), }");
  const std::string expected = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header +
                               std::string(128 - 11 - header.size(), ' ') + "\n" +
                               std::string("\x01\x00\x02\x00\x03\x00\x04\x00\xff\xff\x01\x80", 12);
  EXPECT_EQ(read_file(folder / "a.npy"), expected);
}

TEST(NpyFile, IsMappedAsItWasWritten) {
  const TempFolder folder;
  NpyWriter writer(folder / "a.npy", 0);
  writer.append(std::vector<int16_t>{5, 6, 7});
  writer.finish();
  const MappedNpy mapped(folder / "a.npy", 0);
  ASSERT_EQ(mapped.rows(), 3);
  EXPECT_EQ(mapped.row(1)[0], 6);
  NpyWriter empty(folder / "b.npy", 4);
  empty.finish();
  EXPECT_EQ(MappedNpy(folder / "b.npy", 4).rows(), 0);
}

TEST(NpyFile, RefusesWhatIsTornOrOfAnotherShape) {
  const TempFolder folder;
  NpyWriter writer(folder / "a.npy", 2);
  writer.append(std::vector<int16_t>{1, 2, 3, 4});
  writer.finish();
  EXPECT_THROW(MappedNpy(folder / "a.npy", 4), DataError);
  EXPECT_THROW(MappedNpy(folder / "none.npy", 2), DataError);
  const std::string whole = read_file(folder / "a.npy");
  for (const size_t bytes : {size_t{0}, size_t{100}, whole.size() - 1, whole.size() - 4}) {
    std::ofstream(folder / "torn.npy", std::ios::binary) << whole.substr(0, bytes);
    EXPECT_THROW(MappedNpy(folder / "torn.npy", 2), DataError) << bytes;
  }
}

}  // namespace
}  // namespace melomine::library

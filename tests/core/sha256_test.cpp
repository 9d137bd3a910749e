#include "core/sha256.h"

#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

// FIPS 180-2, appendix B.
TEST(Sha256, MatchesThePublishedExamples) {
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, AFileEqualsItsContent) {
  const testing::TempFolder folder;
  std::string content;  // no two pieces of it are the same
  for (int i = 0; content.size() < 3 << 20; ++i) content += std::to_string(i);
  write_file_atomically(folder / "f", content);
  EXPECT_EQ(sha256_of_file(folder / "f"), sha256_of(content));
}

}  // namespace
}  // namespace melomine

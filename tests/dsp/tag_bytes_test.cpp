#include "dsp/tag_bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace melomine::dsp {
namespace {

size_t length_of(const std::string& text) {
  return tag_bytes(std::vector<uint8_t>(text.begin(), text.end()));
}

TEST(TagBytes, EachKindTellsItsLength) {
  EXPECT_EQ(length_of("TAG" + std::string(125, ' ') + "more"), 128u);
  EXPECT_EQ(length_of("TAG+" + std::string(300, ' ')), 227u);
  // 1 · 128 + 2 bytes behind a head of ten; with a footer ten more.
  EXPECT_EQ(length_of("ID3" + std::string("\4\0\0\0\0\1\2", 7)), 140u);
  EXPECT_EQ(length_of("ID3" + std::string("\4\0\x10\0\0\1\2", 7)), 150u);
  const std::string size_and_count = std::string("\xd0\7\0\0\x40\0\0\0\1\0\0\0", 12);
  EXPECT_EQ(length_of("APETAGEX" + size_and_count + std::string("\0\0\0\xa0", 4) + std::string(8, '\0')),
            96u);
  EXPECT_EQ(length_of("APETAGEX" + size_and_count + std::string("\0\0\0\x80", 4) + std::string(8, '\0')),
            32u);
  EXPECT_EQ(length_of("LYRICSBEGINLYR00003abc000020LYRICS200behind"), 37u);
}

TEST(TagBytes, ATagMayGoOnBehindTheBytes) {
  EXPECT_EQ(length_of("ID3" + std::string("\3\0\0\0\x10\0\0", 7) + "picture"), 10u + (16u << 14));
  EXPECT_EQ(length_of("LYRICSBEGIN and so on"), 21u);
}

TEST(TagBytes, AudioIsNoTag) {
  for (const std::string& text : {std::string(), std::string("\xff\xfb\x90\x64"), std::string(16, '\0'),
                                  std::string("ID3"), "ID3" + std::string("\3\0\0\xff\0\0\0", 7)})
    EXPECT_EQ(length_of(text), 0u) << text;
}

}  // namespace
}  // namespace melomine::dsp

#include "core/text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace melomine {
namespace {

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse<double>("20.25"), 20.25);
  EXPECT_EQ(parse<double>("-1e-3"), -1e-3);
  EXPECT_EQ(parse<double>(".5"), 0.5);
  EXPECT_EQ(parse<int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse<int>("007"), 7);
  for (const char* text : {"", " 1", "1 ", "1x", "+1", "0x10", "inf", "-inf", "nan", "1e999", "1,5"})
    EXPECT_EQ(parse<double>(text), std::nullopt) << text;
  for (const char* text : {"", "1.0", "1e3", "9223372036854775808", "--1"})
    EXPECT_EQ(parse<int64_t>(text), std::nullopt) << text;
  EXPECT_EQ(parse<unsigned>("-1"), std::nullopt);
  EXPECT_EQ(parse<uint8_t>("256"), std::nullopt);
}

TEST(FormatNumber, ReadsBackExactly) {
  for (const double value : {0.8, 20.25, 1.0 / 3, 1e-300, -0.0})
    EXPECT_EQ(parse<double>(format_number(value)), value);
}

TEST(LowerCase, ChangesLettersOfAsciiOnly) {
  EXPECT_EQ(lower_case(".WaV 12_[Z"), ".wav 12_[z");
  EXPECT_EQ(lower_case("\xc3\x84"), "\xc3\x84");
  EXPECT_EQ(lower_case(""), "");
}

TEST(Trimmed, TakesBlanksAndTabsFromBothEnds) {
  EXPECT_EQ(trimmed(" \t a b\t"), "a b");
  EXPECT_EQ(trimmed(" \t"), "");
}

TEST(Utf8, IsFoundInvalidWhereTheFirstWrongByteStands) {
  EXPECT_EQ(find_invalid_utf8("plain, \xC3\xA9, \xE2\x80\xA6, \xF0\x9F\x8E\xB5"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("Caf\xE9!"), 3u);
  EXPECT_EQ(find_invalid_utf8("ab\xC3"), 2u);            // cut
  EXPECT_EQ(find_invalid_utf8("\xC0\xAF"), 0u);          // overlong
  EXPECT_EQ(find_invalid_utf8("\xE0\x80\xAF"), 0u);      // overlong
  EXPECT_EQ(find_invalid_utf8("\xF0\x80\x80\xAF"), 0u);  // overlong
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0u);      // a surrogate
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("a\x80"), 1u);             // a continuation of nothing
}

TEST(Utf8, ReplacesEachWrongByteAndKeepsTheRest) {
  EXPECT_EQ(replace_invalid_utf8("\xC3\xA9"), "\xC3\xA9");
  EXPECT_EQ(replace_invalid_utf8("a\xE9\xE8z"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(replace_invalid_utf8(""), "");
}

TEST(EditDistance, CountsInsertDeleteReplaceAndSwap) {
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("temprature", "temperature"), 1);
  EXPECT_EQ(edit_distance("ab", "ba"), 1);
}

TEST(NearestName, IsNoneWhenNothingIsNear) {
  const std::array<const char*, 2> known = {"temperature", "margin"};
  EXPECT_EQ(nearest_name("temprature", known), "temperature");
  EXPECT_EQ(nearest_name("seed", known), "");
}

}  // namespace
}  // namespace melomine

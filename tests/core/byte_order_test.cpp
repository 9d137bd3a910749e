#include "core/byte_order.h"

#include <gtest/gtest.h>

namespace {

using namespace std::string_view_literals;
using melomine::big_endian;
using melomine::little_endian;

TEST(ByteOrder, NumbersOfUpToEightBytes) {
  EXPECT_EQ(big_endian("\x12\x34"sv), 0x1234u);
  EXPECT_EQ(little_endian("\x12\x34"sv), 0x3412u);
  EXPECT_EQ(big_endian("\xff\x00\x00\x80"sv), 0xff000080u);
  EXPECT_EQ(little_endian("\xff\x00\x00\x80"sv), 0x800000ffu);
  EXPECT_EQ(big_endian("\x01\x02\x03\x04\x05\x06\x07\x08"sv), 0x0102030405060708u);
  EXPECT_EQ(little_endian("\x01\x02\x03\x04\x05\x06\x07\xf8"sv), 0xf807060504030201u);
  EXPECT_EQ(big_endian(""), 0u);
  EXPECT_EQ(little_endian(""), 0u);
}

}  // namespace

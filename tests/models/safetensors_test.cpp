#include "models/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine::models {
namespace {

/// A file of this JSON header and this many bytes of data.
std::string container(const std::string& header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string file(reinterpret_cast<const char*>(&length), 8);
  return file + header + std::string(data_bytes, '\x2a');
}

class Safetensors : public ::testing::Test {
 protected:
  SafetensorsHeader read(const std::string& content) {
    write_file_atomically(folder_ / "x.safetensors", content);
    return safetensors_header(folder_ / "x.safetensors");
  }
  void expect_refused(const std::string& content, const std::string& why) {
    try {
      read(content);
      ADD_FAILURE() << "accepted where '" << why << "' was expected";
    } catch (const DataError& e) {
      EXPECT_NE(std::string(e.what()).find(why), std::string::npos) << e.what();
    }
  }
  testing::TempFolder folder_;
};

TEST_F(Safetensors, WritesTheDocumentedLayout) {
  const float values[3] = {1, 2, 3};
  const int64_t step = 7;
  const uint8_t flag = 1;
  const auto path = folder_ / "a.safetensors";
  write_safetensors(path,
                    {{{.name = "flag", .dtype = "BOOL", .shape = {1}}, &flag},
                     {{.name = "b", .dtype = "F32", .shape = {3, 1}}, values},
                     {{.name = "step", .dtype = "I64", .shape = {}}, &step}},
                    {{"config", "k: \"ü\"\n"}});
  const std::string file = read_file(path);
  uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  ASSERT_EQ(file.size(), 8 + length + 8 + 12 + 1);
  const std::string data = file.substr(8 + length);
  EXPECT_EQ(std::memcmp(data.data(), &step, 8), 0);
  EXPECT_EQ(std::memcmp(data.data() + 8, values, 12), 0);
  EXPECT_EQ(data[20], 1);

  const auto header = safetensors_header(path);
  EXPECT_EQ(header.metadata.at("config"), "k: \"ü\"\n");
  ASSERT_EQ(header.tensors.size(), 3u);
  EXPECT_EQ(header.tensors[1].name, "b");
  EXPECT_EQ(header.tensors[1].shape, (std::vector<int64_t>{3, 1}));
  EXPECT_EQ(header.tensors[1].offset, 8u);
  float back[3];
  read_tensor_bytes(path, header, header.tensors[1], back);
  EXPECT_EQ(std::memcmp(back, values, 12), 0);
}

TEST_F(Safetensors, EqualContentGivesEqualBytes) {
  const float a = 1, b = 2;
  const TensorView first{{.name = "a", .dtype = "F32", .shape = {}}, &a};
  const TensorView second{{.name = "b", .dtype = "F32", .shape = {1}}, &b};
  write_safetensors(folder_ / "1", {first, second}, {{"x", "1"}, {"y", "2"}});
  write_safetensors(folder_ / "2", {second, first}, {{"y", "2"}, {"x", "1"}});
  EXPECT_EQ(read_file(folder_ / "1"), read_file(folder_ / "2"));
}

TEST_F(Safetensors, EmptyTensorsAndNoTensors) {
  write_safetensors(folder_ / "1", {}, {});
  EXPECT_TRUE(safetensors_header(folder_ / "1").tensors.empty());
  const float a = 1;
  write_safetensors(folder_ / "2",
                    {{{.name = "z", .dtype = "F32", .shape = {0, 4}}, nullptr},
                     {{.name = "a", .dtype = "F32", .shape = {}}, &a}},
                    {});
  EXPECT_EQ(safetensors_header(folder_ / "2").tensors.size(), 2u);
}

TEST_F(Safetensors, ReadsWhatTheFormatAllows) {
  const auto header = read(container(
      R"({"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[4,6]},"v":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  )",
      6));
  EXPECT_EQ(header.tensors[0].name, "v");
  EXPECT_EQ(header.tensors[1].dtype, "F8_E4M3");
}

TEST_F(Safetensors, RefusesDamage) {
  const std::string v = R"("v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  EXPECT_NO_THROW(read(container("{" + v + "}", 8)));
  expect_refused("", "too short");
  expect_refused("1234567", "too short");
  expect_refused(std::string(8, '\xff'), "more than there are");
  expect_refused(container("{" + v + "}", 8).substr(0, 30), "more than there are");
  expect_refused(container("{" + v + "}", 7), "truncated by 1 bytes");
  expect_refused(container("{" + v + "}", 9), "1 bytes after its last tensor");
  expect_refused(container("{" + v, 8), "not JSON");
  expect_refused(container("[1]", 8), "not a JSON object");
  expect_refused(container(std::string(100000, '['), 0), "not JSON");
  expect_refused(container("{" + v + "," + v + "}", 8), "twice");
}

TEST_F(Safetensors, RefusesLyingHeaders) {
  const auto one = [](const std::string& entry) { return container("{\"v\":" + entry + "}", 8); };
  expect_refused(one(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"), "its shape needs 12");
  expect_refused(one(R"({"dtype":"F31","shape":[2],"data_offsets":[0,8]})"), "unknown dtype F31");
  expect_refused(one(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"), "something else than sizes");
  expect_refused(one(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})"), "something else than sizes");
  expect_refused(one(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})"), "not a list");
  expect_refused(one(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"), "not [begin, end]");
  expect_refused(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0]})"), "not [begin, end]");
  expect_refused(one(R"({"dtype":"F32","shape":[2]})"), "exactly dtype, shape");
  // 2^62 · 4 bytes wraps to 0 in 64 bits.
  expect_refused(one(R"({"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]})"),
                 "impossible shape");
  expect_refused(one(R"({"dtype":"F32","shape":[250000000000],"data_offsets":[0,1000000000000]})"),
                 "truncated");
  expect_refused(container(R"({"__metadata__":{"a":1}})", 0), "'a' is not a text");
}

TEST_F(Safetensors, RefusesOverlapAndGaps) {
  const auto two = [](int begin) {
    return container(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],)"
                     R"("data_offsets":[)" +
                         std::to_string(begin) + "," + std::to_string(begin + 4) + "]}}",
                     8);
  };
  EXPECT_NO_THROW(read(two(4)));
  expect_refused(two(3), "tensor b: overlaps");
  expect_refused(two(0), "overlaps");
  expect_refused(two(5), "gap");
}

TEST_F(Safetensors, AFileThatIsNotThereIsNamed) {
  EXPECT_THROW(safetensors_header(folder_ / "absent"), DataError);
  EXPECT_THROW(safetensors_header(folder_.path()), DataError);
}

TEST_F(Safetensors, TextThatIsNotUtf8IsRefusedAndLeavesNoFile) {
  EXPECT_THROW(write_safetensors(folder_ / "x", {}, {{"a", "\xff"}}), DataError);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace melomine::models

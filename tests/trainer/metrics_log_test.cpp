#include "trainer/metrics_log.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/atomic_file.h"
#include "tests/support/temp_folder.h"

namespace melomine::trainer {
namespace {

TEST(Crc32c, MatchesTheCheckValueOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
}

/// Splits a TFRecord file, checking each length and checksum.
std::vector<std::string> records_of(const std::string& file) {
  const auto masked = [](std::string_view data) {
    const uint32_t crc = crc32c(data);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  };
  std::vector<std::string> records;
  size_t at = 0;
  while (at < file.size()) {
    uint64_t length = 0;
    uint32_t length_crc = 0, data_crc = 0;
    std::memcpy(&length, file.data() + at, 8);
    std::memcpy(&length_crc, file.data() + at + 8, 4);
    EXPECT_EQ(length_crc, masked(std::string_view(file).substr(at, 8)));
    records.push_back(file.substr(at + 12, length));
    std::memcpy(&data_crc, file.data() + at + 12 + length, 4);
    EXPECT_EQ(data_crc, masked(records.back()));
    at += 16 + length;
  }
  return records;
}

TEST(TensorboardWriter, WritesFramedEventsWithTheScalar) {
  const testing::TempFolder folder;
  {
    TensorboardWriter writer(folder / "events");
    writer.scalar("train/loss", 300, 1.5, 0.25);
  }
  const auto records = records_of(read_file(folder / "events"));
  ASSERT_EQ(records.size(), 2u);
  EXPECT_NE(records[0].find("brain.Event:2"), std::string::npos);
  // wall_time 1.5 (field 1, double), step 300 (field 2, varint), summary (field 5) { value (1) { tag (1),
  // simple_value (2) } }
  const std::string expected = std::string("\x09\0\0\0\0\0\0\xf8\x3f", 9) + "\x10\xac\x02" +
                               "\x2a\x13\x0a\x11\x0a\x0a" + "train/loss" + std::string("\x15\0\0\x80\x3e", 5);
  EXPECT_EQ(records[1], expected);
}

TEST(MetricsLog, ResumedAtAStepItForgetsWhatCameAfterAndTheTornLine) {
  const testing::TempFolder folder;
  {
    MetricsLog log(folder / "metrics.jsonl", folder / "tb", -1);
    for (int step = 1; step <= 5; ++step) log.on_scalar("train/loss", step, 1.0 / step);
  }
  std::ofstream(folder / "metrics.jsonl", std::ios::app) << R"({"step":6,"tag":"tra)";
  {
    MetricsLog log(folder / "metrics.jsonl", folder / "tb", 3);
    log.on_scalar("train/loss", 4, 0.5);
  }
  std::istringstream lines(read_file(folder / "metrics.jsonl"));
  std::vector<int> steps;
  for (std::string line; std::getline(lines, line);) steps.push_back(nlohmann::json::parse(line).at("step"));
  EXPECT_EQ(steps, (std::vector<int>{1, 2, 3, 4}));
  for (const auto& entry : std::filesystem::directory_iterator(folder / "tb"))
    EXPECT_EQ(records_of(read_file(entry.path())).size(), 5u);
}

}  // namespace
}  // namespace melomine::trainer

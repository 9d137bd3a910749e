#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace melomine::trainer {

/// Writes scalars as a TensorBoard event file (TFRecord framing, Event protocol buffer). No library for it is
/// packaged, and scalars need four fields, so they are encoded here.
class TensorboardWriter {
 public:
  /// Starts a new file, replacing one of the same name. @throws DataError
  explicit TensorboardWriter(const std::filesystem::path& path);
  /// @param wall_time_s  seconds since 1970
  void scalar(std::string_view tag, int64_t step, double wall_time_s, double value);
  void flush() { out_.flush(); }

 private:
  void record(std::string_view event);
  std::ofstream out_;
};

/// CRC-32C (Castagnoli), as TFRecord uses it.
uint32_t crc32c(std::string_view data);

}  // namespace melomine::trainer

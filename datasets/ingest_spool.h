#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include "core/error.h"
#include "core/sha256.h"

namespace melomine::datasets {

/// Decoded samples on their way to a shard, in a file of their own: memory stays bounded whatever the length,
/// and an interrupted ingest need not decode again.
class SpoolWriter {
 public:
  explicit SpoolWriter(std::filesystem::path path)
      : path_(std::move(path)), temporary_(path_.string() + ".tmp") {
    out_.open(temporary_, std::ios::binary | std::ios::trunc);
  }
  void write(std::span<const int16_t> samples) {
    hash_.update(samples.data(), samples.size_bytes());
    out_.write(reinterpret_cast<const char*>(samples.data()),
               static_cast<std::streamsize>(samples.size_bytes()));
    if (!out_) fail();
  }
  /// @returns SHA-256 of the samples. Not synced: what a power failure loses is found out by that hash.
  std::string finish() {
    out_.close();
    if (!out_) fail();
    std::filesystem::rename(temporary_, path_);
    return hash_.finish();
  }

 private:
  // Not a DataError: the disk is at fault, not the recording.
  [[noreturn]] void fail() const { throw Error(temporary_.string() + ": cannot write (is the disk full?)"); }
  std::filesystem::path path_, temporary_;
  std::ofstream out_;
  Sha256 hash_;
};

}  // namespace melomine::datasets

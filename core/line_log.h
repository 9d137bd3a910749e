#pragma once

#include <filesystem>
#include <mutex>
#include <string_view>

namespace melomine {

/// A file of lines that is only added to. A line is there whole or not at all, unless the process is killed
/// or the machine fails while it is written: then what there is of it is a torn last line.
class LineLog {
 public:
  /// What becomes of a torn last line when the next is added.
  enum class Torn {
    kEnded,  ///< it gets its line break, for readers that pass over lines that say nothing
    kCut     ///< it is taken away: for one writer, as where no locks are another's line would seem torn
  };

  /// Opens or begins it. @throws DataError naming the file
  LineLog(std::filesystem::path path, Torn torn);
  ~LineLog();
  LineLog(const LineLog&) = delete;
  LineLog& operator=(const LineLog&) = delete;

  /// From any number of threads, and of processes where each has it open.
  /// @param line  with its line break
  /// @throws DataError where it cannot be written, and then nothing of it is
  void append(std::string_view line);
  /// Waits until all of it is on the disk. @throws DataError
  void sync();

 private:
  [[noreturn]] void fail(const char* what) const;
  void write_whole(std::string_view line, int64_t size_before) const;

  std::filesystem::path path_;
  Torn torn_;
  std::mutex mutex_;
  int fd_;
};

}  // namespace melomine

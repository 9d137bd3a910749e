#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace melomine::campaign {

/// What became of a mutant.
enum class Outcome : uint8_t {
  kRight,      ///< it was read
  kNamed,      ///< refused by an Error that says what is wrong
  kUnnamed,    ///< an exception that is no Error, one that shows the program's insides, or a wrong result
  kCrash,      ///< a signal ended the process
  kHang,       ///< not through in time
  kSanitizer,  ///< a report of a sanitizer, or more memory than it may have
};
inline constexpr size_t kOutcomes = 6;
inline constexpr std::array<const char*, kOutcomes> kOutcomeNames = {"right", "named error", "unnamed",
                                                                     "crash", "hang",        "sanitizer"};

/// Exit status of a process that a sanitizer ended.
inline constexpr int kSanitizerStatus = 97;
/// Exit status where no mutant but the campaign is at fault.
inline constexpr int kOwnFault = 98;

/// How far a target's mutants are, in a file that is mapped: known whatever ends the process at work, and to
/// the one that watches it.
class Progress {
 public:
  /// Begins it where it is not there. @throws std::runtime_error
  explicit Progress(const std::filesystem::path& file);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// The mutant that is being read, or comes next.
  int64_t next() const { return values_->next; }
  int64_t count(Outcome outcome) const { return values_->counts[static_cast<size_t>(outcome)]; }
  /// Counts the mutant at hand, and goes on to the one behind it.
  void close(Outcome outcome);

 private:
  struct Values {
    std::atomic<int64_t> next;
    std::array<std::atomic<int64_t>, kOutcomes> counts;
  };
  Values* values_ = nullptr;
};

}  // namespace melomine::campaign

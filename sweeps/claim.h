#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "sweeps/presence.h"

namespace melomine::sweeps {

/// What a claim says. Claims on a task are files 0001, 0002, … in a folder of its own, which stay: the last
/// one counts.
struct ClaimRecord {
  int number = 0;
  std::string worker = {};
  ProcessIdentity process = {};
  double lease_s = 0;      ///< it holds so long after it was last renewed
  std::string since = {};  ///< UTC by the worker's clock, for people
  bool released = false;
  double renewed_s = 0;  ///< by the file system's clock; not in the file, but its time

  /// @param now_s  by the file system's clock
  bool is_held(double now_s) const;
};

/// The last claim on a task; none where there was none.
std::optional<ClaimRecord> last_claim(const std::filesystem::path& folder);

/// Removes files that a process left half made in a folder of claims: of processes that are certainly gone.
void remove_left_over(const std::filesystem::path& folder);

/// A task that this process works on, and nobody else, as long as it is renewed. Whoever makes the file of
/// the next number has it: of any number of processes that see the same last claim exactly one does, since a
/// file is made once and none is ever removed. Holds on network file systems: made by link(2).
class Claim {
 public:
  /// None where another has it, or takes it first. @throws DataError where the folder cannot be written
  static std::optional<Claim> take(const std::filesystem::path& folder, const Presence& presence,
                                   double lease_s);

  int number() const { return record_.number; }
  /// @returns false where it was lost: it ran out, and another took the task over
  bool renew() const;
  /// Lets others have the task at once. Nothing where it was lost.
  void release();

 private:
  Claim(std::filesystem::path folder, ClaimRecord record)
      : folder_(std::move(folder)), record_(std::move(record)) {}
  std::filesystem::path file() const;

  std::filesystem::path folder_;
  ClaimRecord record_;
};

}  // namespace melomine::sweeps

#pragma once

#include <cstdint>
#include <filesystem>

#include "tests/campaign/target.h"

namespace melomine::campaign {

/// What a campaign of mutants is.
struct Campaign {
  std::filesystem::path folder;  ///< keeps how far it is, and what it found
  uint64_t seed = 1;
  int64_t mutants = 0;     ///< of each target
  double limit_s = 20;     ///< of work for one mutant
  int64_t memory_mib = 0;  ///< of address space; 0: as much as there is
};

/// Files of one target.
struct TargetFolder {
  std::filesystem::path base;
  std::filesystem::path made() const { return base / "made"; }          ///< what is read
  std::filesystem::path progress() const { return base / "progress"; }  ///< outcome.h
  std::filesystem::path said() const { return base / "said"; }          ///< of the mutant at hand
  std::filesystem::path finding(int64_t mutant) const { return base / "findings" / std::to_string(mutant); }
};
TargetFolder folder_of(const Campaign& campaign, const Target& target);

/// Reads the target's mutants from the next one on, in this process; does not return.
[[noreturn]] void work(const Campaign& campaign, const Target& target);

/// Keeps a mutant with what became of it.
void keep(const Campaign& campaign, const Target& target, int64_t mutant, const std::string& what);

}  // namespace melomine::campaign

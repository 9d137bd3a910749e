#pragma once

namespace melomine::losses {

/// Which rows of a batch are negatives of each other.
enum class Negatives {
  kOtherGroups,     ///< of any two groups: Amatov et al. 2023, eq. 1
  kOtherSongs,      ///< of two songs (ours): two groups of a song may hold the same melody
  kOtherStretches,  ///< of two songs, or of stretches of a song that are known to differ (ours)
};

/// Which pairs of a hum and a sung fragment are negatives.
enum class DomainNegatives {
  kAll,     ///< of any two groups
  kPaired,  ///< of two groups that both hold hums (paired_domain_pairs; ours)
};

/// Which pairs there are, before any miner.
struct PairRule {
  Negatives negatives = Negatives::kOtherGroups;
  DomainNegatives domain_negatives = DomainNegatives::kAll;
};

}  // namespace melomine::losses

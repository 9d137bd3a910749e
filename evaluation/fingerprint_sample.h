#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "evaluation/evaluation_set.h"
#include "retrieval/fingerprint_sequence.h"

namespace melomine::evaluation {

/// Beside a set's report: what a sample of its fingerprints looks like.
inline constexpr const char* kFingerprintsFile = "fingerprints.csv";

/// One window of a query, or of what is right for it, as a system hears it.
struct SampledFingerprint {
  ItemRole role = ItemRole::kQuery;
  std::string id, song;
  double centre_s = 0;        ///< of the window in the item as it is heard
  std::vector<float> values;  ///< [dim]
};

/// A few of the fingerprints that a set is searched by, the same whenever it is searched: of at most 16
/// songs, spread evenly over the sorted names, up to 8 queries each and what is right for them; of each item
/// windows at equal distances, 800 in all or one an item.
class FingerprintSample {
 public:
  /// Chooses the items. @param set  with songs, or each query is of its own
  void choose(const EvaluationSet& set);
  /// Takes windows of an item that was chosen; does nothing for another. @param item  index in its list
  void take(ItemRole role, size_t item, const retrieval::FingerprintSequence& z);
  /// In the order in which they were taken.
  const std::vector<SampledFingerprint>& fingerprints() const { return fingerprints_; }

 private:
  struct Chosen {
    std::string id, song;
  };
  std::map<std::pair<ItemRole, size_t>, Chosen> chosen_;
  std::vector<SampledFingerprint> fingerprints_;
};

/// A fingerprint on the principal axes of its sample.
struct ProjectedFingerprint {
  std::string system;
  ItemRole role = ItemRole::kQuery;
  std::string id, song;
  double centre_s = 0;
  std::vector<double> axes;  ///< along the axes of most variance, falling
  double rest = 0;           ///< length of what these axes do not show
};

/// By the first 8 principal axes of the sample (retrieval/principal_axes.h). @param system  its name
std::vector<ProjectedFingerprint> projected(const FingerprintSample& sample, const std::string& system);

/// A row each: system, role, id, song, centre_s, axis1, …, rest.
std::string fingerprints_csv(const std::vector<ProjectedFingerprint>& fingerprints);
/// @throws DataError for a file that fingerprints_csv did not make
std::vector<ProjectedFingerprint> read_fingerprints(const std::filesystem::path& file);

}  // namespace melomine::evaluation

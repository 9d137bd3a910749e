#pragma once

#include <string>
#include <vector>

#include "evaluation/evaluation_set.h"
#include "layouts/published_set.h"

namespace melomine::evaluation {

/// What is asked of a published set.
enum class LayoutQuestion {
  kReferences,  ///< its queries for its references
  kEachOther,   ///< its queries for those of their group
  kAmongAll,    ///< its queries for those of their group and for its references
  kVersions,    ///< each of its references, which are versions of works, for the others of its group
};

struct LayoutRequest {
  LayoutQuestion question = LayoutQuestion::kReferences;
  BrokenItems broken = BrokenItems::kAreErrors;  ///< of files that are there and prove broken
  /// Tables and folders of further references that are right for no query (read_references).
  std::vector<std::filesystem::path> further = {};
  int64_t most_further = 0;                     ///< only the first so many by their ids; 0: all
  bool fold = false;                            ///< references of one group are one candidate, at its best
  std::vector<std::string> shown_metrics = {};  ///< EvaluationSet::shown_metrics
};

/// The set that asks a published set's question, of what of it is there. Its checklist becomes
/// `availability`, with a part for the further references.
///
/// Right for a query are the references that it names, else those of its group; a reference of its own id is
/// the query itself and no candidate. A query of which nothing
/// right is there is left out and counted; so is a version of a work that the list gives several and of which
/// one is there alone. A version that its list gives no other of is a candidate and never a query: noise.
/// @throws DataError where no query is left
EvaluationSet set_of_layout(const layouts::PublishedSet& published, const LayoutRequest& request);

}  // namespace melomine::evaluation

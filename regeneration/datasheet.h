#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"

namespace melomine::regeneration {

/// Durations of fragments, s.
struct Durations {
  int64_t count = 0;
  double least_s = 0, most_s = 0, mean_s = 0, sd_s = 0;  ///< sd over the fragments; all 0 where there is none
  double hours = 0;
};

/// Of groups with hums (H of Amatov et al. 2023) or of those without (C).
struct DatasheetPart {
  int64_t groups = 0;
  Durations all, originals, others;
};

/// The statistics that CHAD's paper gives of it, section 4.2.
struct Datasheet {
  int64_t songs = 0, fragments = 0;
  int64_t original_recordings = 0, cover_recordings = 0, hums = 0;
  int64_t groups = 0, smallest_group = 0, largest_group = 0;
  double mean_group = 0;
  double sung_hours = 0, original_hours = 0;  ///< of hums and covers; of originals
  DatasheetPart hummed, covered;
  double relevant_hours = 0, uncertain_hours = 0;  ///< of covers, by the verdict of mining or a listener
  int64_t accepted = 0,
          rejected = 0;  ///< matches by what people said of them; those rejected are not in the set
};

/// @param rows  of a fragment table; those without a known duration count as 0 s, rejected ones not at all,
///              but are counted
Datasheet datasheet_of(const std::vector<datasets::FragmentRow>& rows);

/// The figures of Amatov et al. 2023, section 4.2.
Datasheet chad_datasheet();

/// A page in Markdown: the figures of a set beside CHAD's. @param name  of the set
std::string datasheet_page(const Datasheet& sheet, const std::string& name);
/// The same figures of the set as JSON text.
std::string datasheet_json(const Datasheet& sheet, const std::string& name);

}  // namespace melomine::regeneration

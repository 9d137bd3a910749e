#pragma once

#include <string>
#include <vector>

#include "report/judged_groups.h"

namespace melomine::report {

/// A recording as long as it is.
struct TimelineLane {
  std::string recording_id;
  double duration_s = 0;
};

/// What is drawn of one song.
struct TimelineSong {
  std::string song_id;
  TimelineLane original;
  std::vector<TimelineLane> covers;
  std::vector<const JudgedGroup*> groups;  ///< the song's fragments, in time order
  const datasets::Truth* truth = nullptr;  ///< may be null
};

/// A lane for the original with its fragments and one per cover with their matches, over a common time axis.
/// A fragment and its matches share number and hue; matches are filled when relevant, dashed outlines when
/// uncertain, marked right or wrong by the truth, below which thin lines show where the truth has them.
std::string timeline_svg(const TimelineSong& song);

/// What the marks of timeline_svg mean, as HTML.
std::string timeline_legend(bool with_truth);

}  // namespace melomine::report

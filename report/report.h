#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "configs/binder.h"

namespace melomine::report {

/// What the report needs beside the run's folder. Empty paths are those of the run's experiment.yaml.
struct ReportInputs {
  std::filesystem::path shards{};  ///< audio; what cannot be read is left out with a note
  std::filesystem::path truth{};   ///< truth.csv to judge timelines and pairs to hear by; absent: no
                                   ///< judgement. Precision and recall come from mining with data.time_maps
  int64_t audio_groups = 6;        ///< groups to hear at most; 0 leaves audio out
  int64_t mistakes = 4;        ///< wrong answers to hear at most, over all sets; each set has one at least
  int64_t timeline_songs = 3;  ///< songs whose fragments and matches are drawn at most
};
void bind(configs::Binder& b, ReportInputs& c);

/// Writes report.html into a run's folder from what lies in it: one self-contained page with the rounds side
/// by side, curves, mining and its quality, timelines, audio to hear, configuration and provenance
/// (docs/report.md). Whatever the run does not hold (yet) is left out. Equal folders give equal bytes.
/// @param run  folder with experiment.yaml or at least one round_NN
/// @param writer  as AtomicFile has it
/// @returns the page's path
/// @throws DataError for a folder that is no run, or naming the file that is damaged; ConfigError for a
/// damaged experiment.yaml
std::filesystem::path write_run_report(const std::filesystem::path& run, const ReportInputs& inputs = {},
                                       std::string_view writer = {});

/// The rounds of a run's folder as a table for the console: pairs, quality where there is a truth, MRR of
/// each set. @throws as write_run_report
std::string run_table(const std::filesystem::path& run);

}  // namespace melomine::report

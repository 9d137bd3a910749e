#pragma once

#include <string>

#include "report/report.h"
#include "report/run_record.h"

namespace melomine::report {

// Sections of the page as HTML, each with its heading; "" where the run holds nothing of the kind.

/// What a reader wants first: the result in figures, what went wrong, the encoder and what to do with it. A
/// `<header>` that is left open.
std::string head_section(const RunRecord& run);
/// MRR and Top-10 of each set after each round; quality of what each round mined.
std::string round_charts(const RunRecord& run);
/// A sample of what the encoder hears, by song and by side, on two axes.
std::string fingerprints_section(const RunRecord& run);
/// Loss, its terms, validation, learning rate and gradient norm of each round.
std::string training_section(const RunRecord& run);
/// What each stage took, and how fast it worked.
std::string times_section(const RunRecord& run);
/// What people said of mined pairs, and how far they agree.
std::string review_section(const RunRecord& run);
/// Correlation histograms; with a truth also precision by correlation, thresholds, alignment error.
std::string mining_section(const RunRecord& run);
/// Timelines and audio of the last round that mined, from shards and truth where they are.
/// @throws DataError for a damaged truth table
std::string fragments_section(const RunRecord& run, const ReportInputs& inputs);

}  // namespace melomine::report

#pragma once

#include <optional>
#include <string>

#include "report/run_record.h"

namespace melomine::report {

/// MRR of one model minus that of another on the same queries, resampled in pairs, over the queries and over
/// their songs (no interval over songs where an older report does not name them); nothing where the queries
/// differ.
std::optional<evaluation::MetricEstimate> mrr_difference(const evaluation::EvaluationRecord& after,
                                                         const evaluation::EvaluationRecord& before);

/// The same of any two systems; nothing where their queries differ.
std::optional<evaluation::MetricEstimate> paired_mrr(const evaluation::SystemRecord& after,
                                                     const evaluation::SystemRecord& before,
                                                     const retrieval::BootstrapOptions& bootstrap);

/// For each set a row per model, the baseline on top and other systems below: MRR, Top-1, Top-10 and what MRR
/// gained over the model before; beside the first set whether the round was accepted and how long it took. ""
/// without an evaluation or outcome.
std::string retrieval_table(const RunRecord& run);

/// For each set what systems of one round have beyond others, of equal queries: a row for each two that were
/// compared, with MRR, Top-1 and Top-10. "" where none were.
std::string differences_table(const RunRecord& run);

/// A row per round that mined: yield and, with a truth, quality. "" where none did.
std::string mining_table(const RunRecord& run);

/// Every figure of mining with its interval and its counts, a column per round. "" without a truth.
std::string quality_table(const RunRecord& run);

/// Recordings that could not be used, by round. "" without any.
std::string set_aside_table(const RunRecord& run);

}  // namespace melomine::report

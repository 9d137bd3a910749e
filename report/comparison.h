#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/evaluation_record.h"
#include "sweeps/labels.h"

namespace melomine::report {

/// A run as it is compared with others: by the model that stands at its end.
struct ComparedRun {
  std::filesystem::path folder = {};
  std::string name = {};  ///< for people; empty: of a sweep, whose points are known by their settings
  sweeps::SettingTexts settings = {};  ///< that runs may differ in, without the seed
  std::string seed = {};
  std::optional<double> validation_mrr = {};
  std::vector<evaluation::EvaluationRecord> evaluations = {};  ///< of the last round that was not rejected
};

/// Runs, and what a sweep's file says of their comparison.
struct ComparedRuns {
  std::string title = {};
  std::vector<ComparedRun> runs = {};
  sweeps::SettingTexts base = {};       ///< settings of the row that others are compared with
  std::string metric = {};              ///< "SET.METRIC"; empty: not said
  std::vector<std::string> notes = {};  ///< what is missing
};

/// The finished points of sweeps, and runs. Points of one sweep have the settings of its file; otherwise runs
/// have those of their experiments that not all share.
/// @throws DataError for a folder that is neither, or naming a damaged file
ComparedRuns read_compared(const std::vector<std::filesystem::path>& folders);

struct ComparisonOptions {
  std::string base = {};  ///< name of a row, or part of one alone; empty: what the sweep says, else the row
                          ///< without settings, else the first
  std::string metric =
      {};  ///< "SET.METRIC" or "METRIC" of the first set; empty: what the sweep says, else MRR
  std::string system = {};  ///< that is compared; empty: the run's own model, else the first there is
};

/// A figure of a row's runs.
struct SeedSummary {
  std::vector<double> values = {};  ///< of each run that has it
  double mean = std::numeric_limits<double>::quiet_NaN();
  double sd = std::numeric_limits<double>::quiet_NaN();  ///< of the values, n - 1; NaN of fewer than two
};

/// Runs that differ in their seed alone.
struct ComparisonRow {
  std::string name = {};
  sweeps::SettingTexts settings = {};  ///< that not all rows share
  std::vector<std::string> seeds = {};
  std::vector<std::filesystem::path> runs = {};
  std::vector<SeedSummary> figures = {};  ///< [columns]
  /// The metric minus that of the base row on the same queries, each the mean over the seeds that both have,
  /// resampled in pairs; none where queries or candidates differ, or the metric is not kept by query.
  std::optional<evaluation::MetricEstimate> difference = {};
};

struct Comparison {
  std::string title = {};
  std::vector<std::string> columns = {};  ///< "SET.METRIC"
  size_t metric = 0;                      ///< of the columns, that rows are compared by
  std::vector<ComparisonRow> rows = {};
  size_t base = 0;                ///< of the rows
  std::optional<size_t> best{};   ///< of the rows, by `rule`; none where no row has the metric
  std::string rule = {};          ///< in words
  bool is_named_by_runs = false;  ///< rows are named by their runs, whose settings are too long for it
  std::vector<std::string> notes = {};
};

/// @throws ConfigError for a base or a metric that there is not, naming those that there are; DataError where
/// no run has a figure
Comparison compare(const ComparedRuns& runs, const ComparisonOptions& options = {});

/// A setting that rows differ in.
struct DifferingSetting {
  std::string key = {};
  std::vector<std::string> values = {};  ///< [rows]; "-" where a row has none
};
/// Each once, in the order of the rows' own.
std::vector<DifferingSetting> differing_settings(const Comparison& comparison);

/// As tables for the console, Markdown, CSV, LaTeX and JSON.
std::string comparison_text(const Comparison& comparison);
std::string comparison_markdown(const Comparison& comparison);
std::string comparison_csv(const Comparison& comparison);
std::string comparison_latex(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);
/// As a self-contained page with charts.
std::string comparison_page(const Comparison& comparison);

/// All but the first as comparison.{md,csv,tex,json,html} in a folder, which is made. @returns the page's
/// path
std::filesystem::path write_comparison(const Comparison& comparison, const std::filesystem::path& folder);

}  // namespace melomine::report

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/plot.h"
#include "report/run_record.h"

namespace melomine::report {

/// The words of a chart; plain text.
struct ChartText {
  std::string title, note;
  std::string x_label, y_label;
};

/// A dashed line at a value of x.
struct Rule {
  double at = 0;
  std::string name;
};

/// Curves over x. Those of more than 80 points are drawn as means of as many equal parts, so noise does not
/// hide the course.
/// @param y_limits  of the axis; absent: around the values
/// @returns "" without points
std::string line_chart(const ChartText& text, const std::vector<Series>& curves,
                       const std::vector<Rule>& rules = {},
                       const std::optional<std::pair<double, double>>& y_limits = {});

/// An estimate at a place on x; `note` is its tooltip.
struct IntervalPoint {
  double x = 0;
  retrieval::Estimate estimate;  ///< not drawn when NaN
  std::string note;
};
struct IntervalSeries {
  std::string name;
  std::vector<IntervalPoint> points;
};

/// Points with their intervals over categories 0, 1, 2, …; series stand beside each other.
/// @param from_zero  the y axis begins at 0
std::string interval_chart(const ChartText& text, const std::vector<std::string>& categories,
                           const std::vector<IntervalSeries>& series, bool from_zero);

/// Points with their intervals over a numeric x axis.
std::string interval_chart(const ChartText& text, const Axis& x_axis,
                           const std::vector<IntervalPoint>& points, const std::vector<Rule>& rules);

/// Limits of the axes that hold the histograms of several rounds and their thresholds.
struct HistogramLimits {
  double x_low = 0, x_high = 1;  ///< correlation
  int64_t most = 1;              ///< pairs in a bin
};
HistogramLimits histogram_limits(const std::vector<const mining::MiningSummary*>& rounds);

/// Bars of a round's correlations, coloured by the verdict that each has by the round's thresholds.
std::string histogram_chart(const ChartText& text, const mining::MiningSummary& mining,
                            const HistogramLimits& limits);

}  // namespace melomine::report

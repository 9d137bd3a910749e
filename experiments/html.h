#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace melomine::experiments {

/// &, <, > and quotes as entities.
std::string escape_html(std::string_view text);

/// One line of a chart.
struct Curve {
  std::string name;
  std::vector<double> x, y;  ///< same length, x ascending
};

/// A line chart as inline SVG with axes, round ticks and a legend; colours follow the page's style. ""
/// without points.
std::string line_chart(const std::string& title, const std::string& x_label,
                       const std::vector<Curve>& curves);

}  // namespace melomine::experiments

#pragma once

#include <string>
#include <vector>

namespace melomine::report {

/// A linear axis with round ticks.
struct Axis {
  double low = 0, high = 1, step = 0.2;  ///< ticks at multiples of step, from low to high
  std::string label;                     ///< what, and its unit
};

/// Limits and a step of 1, 2 or 5 times a power of ten that give about five ticks over [low, high].
Axis round_axis(double low, double high, std::string label);
/// A tick's number, as precise as the step asks for.
std::string tick_text(double value, double step);

/// The frame of a chart as SVG: marks are appended in its coordinates, in the order in which they are
/// painted. Colours come from the page's style: classes s0 … s5 of series, grid, rule.
class Plot {
 public:
  static constexpr double kWidth = 420, kHeight = 246, kLeft = 46, kRight = 16, kTop = 36, kBottom = 40;
  static constexpr int kSeriesStyles = 6;

  Plot(Axis x, Axis y);

  double x(double value) const;
  double y(double value) const;
  const Axis& x_axis() const { return x_; }
  const Axis& y_axis() const { return y_; }

  /// Horizontal lines with their numbers, and the axes' labels.
  void grid();
  /// Numbers along x.
  void x_ticks();
  /// A word below the x axis at `value`.
  void x_tick(double value, const std::string& text);
  /// A dashed vertical line over the whole height, named above it to its left or right.
  void x_rule(double value, const std::string& name, bool name_left = false);
  void add(const std::string& svg) { marks_ += svg; }
  /// @param description  what the chart shows, for those who cannot see it; text
  std::string svg(const std::string& description) const;

 private:
  Axis x_, y_;
  std::string marks_;
};

/// Names of series with the marks they are drawn with, as HTML; "" for a single one.
std::string legend(const std::vector<std::string>& names, bool lines);

/// `<figure>` with a title, one line of explanation, a legend and a drawing.
std::string figure(const std::string& title, const std::string& note, const std::string& legend_html,
                   const std::string& svg);

}  // namespace melomine::report

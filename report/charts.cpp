#include "report/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.h"
#include "report/plot.h"

namespace melomine::report {
namespace {

constexpr size_t kMostPoints = 80;

/// Means of consecutive parts, so that at most kMostPoints are left.
Series thinned(const Series& series) {
  if (series.x.size() <= kMostPoints) return series;
  Series thin{series.name, {}, {}};
  for (size_t part = 0; part < kMostPoints; ++part) {
    const size_t begin = part * series.x.size() / kMostPoints,
                 end = (part + 1) * series.x.size() / kMostPoints;
    double x = 0, y = 0;
    for (size_t i = begin; i < end; ++i) {
      x += series.x[i];
      y += series.y[i];
    }
    thin.x.push_back(x / static_cast<double>(end - begin));
    thin.y.push_back(y / static_cast<double>(end - begin));
  }
  return thin;
}

struct Limits {
  double low = INFINITY, high = -INFINITY;
  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return !(low <= high); }
};

/// A polyline's path; NaN interrupts it. A point alone is a short dash, which round caps make a dot.
std::string path_of(const Plot& plot, const Series& series) {
  std::string path;
  bool pen_down = false;
  for (size_t i = 0; i < series.x.size(); ++i) {
    const bool drawn = std::isfinite(series.y[i]);
    if (drawn)
      path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", plot.x(series.x[i]), plot.y(series.y[i]));
    if (drawn && !pen_down) path += "h0.1";
    pen_down = drawn;
  }
  return path;
}

std::string interval_mark(const Plot& plot, double x, const IntervalPoint& point, size_t style) {
  const auto& e = point.estimate;
  std::string svg = fmt::format("<g><title>{}</title>", escape_html(point.note));
  if (std::isfinite(e.low) && std::isfinite(e.high)) {
    const double low = plot.y(std::clamp(e.low, plot.y_axis().low, plot.y_axis().high));
    const double high = plot.y(std::clamp(e.high, plot.y_axis().low, plot.y_axis().high));
    svg += fmt::format(
        "<path class='whisker s{0}' d='M{1:.1f} {2:.1f}V{3:.1f}M{4:.1f} {2:.1f}H{5:.1f}M{4:.1f} "
        "{3:.1f}H{5:.1f}'/>",
        style, x, low, high, x - 3, x + 3);
  }
  return svg +
         fmt::format("<circle class='dot s{}' cx='{:.1f}' cy='{:.1f}' r='4'/></g>", style, x, plot.y(e.mean));
}

std::string description(const ChartText& text) {
  return fmt::format("{}: {} over {}", text.title, text.y_label, text.x_label);
}

}  // namespace

std::string line_chart(const ChartText& text, const std::vector<Series>& curves,
                       const std::vector<Rule>& rules,
                       const std::optional<std::pair<double, double>>& y_limits) {
  Limits xs, ys;
  std::vector<Series> thin;
  for (const Series& curve : curves) {
    thin.push_back(thinned(curve));
    for (const double x : thin.back().x) xs.take(x);
    for (const double y : thin.back().y) ys.take(y);
  }
  if (xs.empty() || ys.empty()) return "";
  if (xs.low == xs.high) xs.take(0);  // points alone, which would lie on the axis
  for (const Rule& rule : rules) xs.take(rule.at);
  Axis y_axis = round_axis(ys.low, ys.high, text.y_label);
  if (y_limits) y_axis = round_axis(y_limits->first, y_limits->second, text.y_label);
  Plot plot(round_axis(xs.low, xs.high, text.x_label), y_axis);
  plot.grid();
  plot.x_ticks();
  for (const Rule& rule : rules) plot.x_rule(rule.at, rule.name);
  std::vector<std::string> names;
  for (size_t i = 0; i < thin.size(); ++i) {
    names.push_back(curves[i].name);
    plot.add(fmt::format("<path class='curve s{}' d='{}'><title>{}</title></path>", i % Plot::kSeriesStyles,
                         path_of(plot, thin[i]), escape_html(curves[i].name)));
    if (thin[i].x.size() == 1 && std::isfinite(thin[i].y[0]))
      plot.add(fmt::format("<circle class='dot s{}' cx='{:.1f}' cy='{:.1f}' r='4'/>", i % Plot::kSeriesStyles,
                           plot.x(thin[i].x[0]), plot.y(thin[i].y[0])));
  }
  return figure(text.title, text.note, legend(names, true), plot.svg(description(text)));
}

std::string interval_chart(const ChartText& text, const std::vector<std::string>& categories,
                           const std::vector<IntervalSeries>& series, bool from_zero) {
  Limits ys;
  for (const IntervalSeries& s : series)
    for (const IntervalPoint& point : s.points)
      for (const double value : {point.estimate.mean, point.estimate.low, point.estimate.high})
        ys.take(value);
  if (ys.empty()) return "";
  if (from_zero) ys.take(0);
  const auto last = static_cast<double>(categories.size()) - 1;
  Plot plot({-0.5, last + 0.5, 1, text.x_label}, round_axis(ys.low, ys.high, text.y_label));
  plot.grid();
  constexpr size_t kMostTicks = 11;
  const size_t every = (categories.size() + kMostTicks - 1) / kMostTicks;
  for (size_t i = 0; i < categories.size(); i += every) plot.x_tick(static_cast<double>(i), categories[i]);
  constexpr double kSeparation = 14;  // wider than a mark, narrower than a category where there are few
  const double room = plot.x(1) - plot.x(0);
  const double apart = std::min(kSeparation, 0.8 * room / static_cast<double>(series.size()));
  std::vector<std::string> names;
  for (size_t s = 0; s < series.size(); ++s) {
    names.push_back(series[s].name);
    const double shift = apart * (static_cast<double>(s) - 0.5 * (static_cast<double>(series.size()) - 1));
    for (const IntervalPoint& point : series[s].points)
      if (std::isfinite(point.estimate.mean))
        plot.add(interval_mark(plot, plot.x(point.x) + shift, point, s % Plot::kSeriesStyles));
  }
  return figure(text.title, text.note, legend(names, false), plot.svg(description(text)));
}

std::string interval_chart(const ChartText& text, const Axis& x_axis,
                           const std::vector<IntervalPoint>& points, const std::vector<Rule>& rules) {
  Limits ys;
  for (const IntervalPoint& point : points)
    for (const double value : {point.estimate.mean, point.estimate.low, point.estimate.high}) ys.take(value);
  if (ys.empty()) return "";
  ys.take(1);
  Plot plot(x_axis, round_axis(ys.low, ys.high, text.y_label));
  plot.grid();
  plot.x_ticks();
  for (const Rule& rule : rules) plot.x_rule(rule.at, rule.name);
  for (const IntervalPoint& point : points)
    if (std::isfinite(point.estimate.mean)) plot.add(interval_mark(plot, plot.x(point.x), point, 0));
  return figure(text.title, text.note, "", plot.svg(description(text)));
}

HistogramLimits histogram_limits(const std::vector<const mining::MiningSummary*>& rounds) {
  HistogramLimits limits;
  Limits xs;
  for (const mining::MiningSummary* mining : rounds) {
    const mining::Histogram histogram = mining->correlations();
    for (size_t i = 0; i < histogram.counts.size(); ++i) {
      limits.most = std::max(limits.most, histogram.counts[i]);
      if (histogram.counts[i] <= 0) continue;
      xs.take(histogram.low + static_cast<double>(i) * histogram.bin_width());
      xs.take(histogram.low + static_cast<double>(i + 1) * histogram.bin_width());
    }
    xs.take(mining->irrelevant);
    xs.take(mining->relevant);
  }
  if (!xs.empty()) {
    limits.x_low = xs.low;
    limits.x_high = xs.high;
  }
  return limits;
}

std::string histogram_chart(const ChartText& text, const mining::MiningSummary& mining,
                            const HistogramLimits& limits) {
  Plot plot(round_axis(limits.x_low, limits.x_high, text.x_label),
            round_axis(0, static_cast<double>(limits.most), text.y_label));
  plot.grid();
  plot.x_ticks();
  const mining::Histogram histogram = mining.correlations();
  const double width = histogram.bin_width();
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] <= 0) continue;
    const double low = histogram.low + static_cast<double>(i) * width, centre = low + 0.5 * width;
    const char* verdict = centre >= mining.relevant     ? "relevant"
                          : centre >= mining.irrelevant ? "uncertain"
                                                        : "dropped";
    const double top = plot.y(static_cast<double>(histogram.counts[i]));
    plot.add(
        fmt::format("<rect class='bar {}' x='{:.2f}' y='{:.1f}' width='{:.2f}' height='{:.1f}'><title>{:.2f} "
                    "to {:.2f}: {} {}</title></rect>",
                    verdict, plot.x(low) + 0.3, top, std::max(0.5, plot.x(low + width) - plot.x(low) - 0.6),
                    plot.y(0) - top, low, low + width, histogram.counts[i], verdict));
  }
  plot.x_rule(mining.irrelevant, fmt::format("β irrel. {}", number_text(mining.irrelevant, 2)), true);
  plot.x_rule(mining.relevant, fmt::format("β rel. {}", number_text(mining.relevant, 2)));
  return figure(text.title, text.note, "", plot.svg(description(text)));
}

}  // namespace melomine::report

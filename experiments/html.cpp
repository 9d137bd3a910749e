#include "experiments/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace melomine::experiments {
namespace {

constexpr double kWidth = 560, kHeight = 260, kLeft = 52, kRight = 22, kTop = 30, kBottom = 38;

struct Axis {
  double low = 0, high = 1, step = 0.2;
};

/// Limits and a step of 1, 2 or 5 times a power of ten that gives about five ticks.
Axis round_axis(double low, double high) {
  if (!(high > low)) high = low + (low == 0 ? 1 : std::abs(low));
  const double raw = (high - low) / 5;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double lead = raw / power;
  const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  return {std::floor(low / step) * step, std::ceil(high / step) * step, step};
}

Axis axis_of(const std::vector<Curve>& curves, std::vector<double> Curve::*values) {
  double low = INFINITY, high = -INFINITY;
  for (const Curve& curve : curves) {
    for (const double v : curve.*values) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
  return round_axis(low, high);
}

double across(double x, const Axis& axis) {
  return kLeft + (x - axis.low) / (axis.high - axis.low) * (kWidth - kLeft - kRight);
}
double down(double y, const Axis& axis) {
  return kHeight - kBottom - (y - axis.low) / (axis.high - axis.low) * (kHeight - kTop - kBottom);
}

std::string grid(const Axis& x_axis, const Axis& y_axis) {
  std::string svg;
  const double half_step = 0.5;
  for (double y = y_axis.low; y <= y_axis.high + half_step * y_axis.step; y += y_axis.step) {
    const double at = down(y, y_axis);
    svg += fmt::format("<line class='grid' x1='{}' x2='{}' y1='{:.1f}' y2='{:.1f}'/>", kLeft, kWidth - kRight,
                       at, at);
    svg += fmt::format("<text class='tick' x='{}' y='{:.1f}' text-anchor='end'>{:.4g}</text>", kLeft - 6,
                       at + 4, std::abs(y) < 1e-12 ? 0 : y);
  }
  for (double x = x_axis.low; x <= x_axis.high + half_step * x_axis.step; x += x_axis.step)
    svg += fmt::format("<text class='tick' x='{:.1f}' y='{}' text-anchor='middle'>{:.4g}</text>",
                       across(x, x_axis), kHeight - kBottom + 16, x);
  return svg;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string line_chart(const std::string& title, const std::string& x_label,
                       const std::vector<Curve>& curves) {
  if (std::all_of(curves.begin(), curves.end(), [](const Curve& c) { return c.x.empty(); })) return "";
  const Axis x_axis = axis_of(curves, &Curve::x), y_axis = axis_of(curves, &Curve::y);
  std::string svg = fmt::format(
      "<svg viewBox='0 0 {} {}' role='img' aria-label='{}'><text class='title' x='{}' y='18'>{}</text>",
      kWidth, kHeight, escape_html(title), kLeft, escape_html(title));
  svg += grid(x_axis, y_axis);
  double legend_x = kWidth - kRight;
  for (size_t i = curves.size(); i-- > 0;) {
    std::string points;
    for (size_t p = 0; p < curves[i].x.size(); ++p)
      points += fmt::format("{:.1f},{:.1f} ", across(curves[i].x[p], x_axis), down(curves[i].y[p], y_axis));
    svg += fmt::format("<polyline class='curve c{}' points='{}'/>", i % 4, points);
    if (curves.size() == 1) break;
    svg += fmt::format("<text class='legend l{}' x='{:.0f}' y='18' text-anchor='end'>{}</text>", i % 4,
                       legend_x, escape_html(curves[i].name));
    legend_x -= 9.0 * static_cast<double>(curves[i].name.size()) + 12;
  }
  return svg + fmt::format("<text class='tick' x='{}' y='{}' text-anchor='end'>{}</text></svg>",
                           kWidth - kRight, kHeight - 6, escape_html(x_label));
}

}  // namespace melomine::experiments

#include "report/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.h"

namespace melomine::report {

Axis round_axis(double low, double high, std::string label) {
  if (!(high > low)) high = low + (low == 0 ? 1 : std::abs(low));
  const double raw = (high - low) / 5;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double lead = raw / power;
  const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  constexpr double kSlack = 1e-9;  // 0.6 / 0.2 is a little under 3
  return {std::floor(low / step + kSlack) * step, std::ceil(high / step - kSlack) * step, step,
          std::move(label)};
}

std::string tick_text(double value, double step) {
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  return number_text(value, decimals);
}

Plot::Plot(Axis x, Axis y) : x_(std::move(x)), y_(std::move(y)) {}

double Plot::x(double value) const {
  return kLeft + (value - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight);
}

double Plot::y(double value) const {
  return kHeight - kBottom - (value - y_.low) / (y_.high - y_.low) * (kHeight - kTop - kBottom);
}

void Plot::grid() {
  const auto count = std::lround((y_.high - y_.low) / y_.step);
  for (long i = 0; i <= count; ++i) {
    const double value = y_.low + static_cast<double>(i) * y_.step, at = y(value);
    marks_ += fmt::format("<line class='grid' x1='{}' x2='{}' y1='{:.1f}' y2='{:.1f}'/>", kLeft,
                          kWidth - kRight, at, at);
    marks_ += fmt::format("<text x='{}' y='{:.1f}' class='end'>{}</text>", kLeft - 6, at + 4,
                          tick_text(value, y_.step));
  }
  marks_ += fmt::format("<text x='6' y='13' class='label'>{}</text>", escape_html(y_.label));
  marks_ += fmt::format("<text x='{}' y='{}' class='label middle'>{}</text>", 0.5 * (kLeft + kWidth - kRight),
                        kHeight - 6, escape_html(x_.label));
}

void Plot::x_ticks() {
  const auto count = std::lround((x_.high - x_.low) / x_.step);
  for (long i = 0; i <= count; ++i) {
    const double value = x_.low + static_cast<double>(i) * x_.step;
    x_tick(value, tick_text(value, x_.step));
  }
}

void Plot::x_tick(double value, const std::string& text) {
  marks_ += fmt::format("<text x='{:.1f}' y='{}' class='middle'>{}</text>", x(value), kHeight - kBottom + 16,
                        escape_html(text));
}

void Plot::x_rule(double value, const std::string& name, bool name_left) {
  const double at = x(value);
  marks_ += fmt::format("<line class='rule' x1='{0:.1f}' x2='{0:.1f}' y1='{1}' y2='{2}'/>", at, kTop - 12,
                        kHeight - kBottom);
  marks_ += fmt::format("<text x='{:.1f}' y='{}' class='strong{}'>{}</text>", at + (name_left ? -4 : 4),
                        kTop - 4, name_left ? " end" : "", escape_html(name));
}

std::string Plot::svg(const std::string& description) const {
  return fmt::format("<svg viewBox='0 0 {} {}' role='img' aria-label='{}'>{}</svg>", kWidth, kHeight,
                     escape_html(description), marks_);
}

std::string legend(const std::vector<std::string>& names, bool lines) {
  if (names.size() < 2) return "";
  std::string html = "<p class='legend'>";
  for (size_t i = 0; i < names.size(); ++i) {
    const auto style = i % Plot::kSeriesStyles;
    html +=
        fmt::format("<span><svg viewBox='0 0 26 12' aria-hidden='true'>{}</svg>{}</span> ",
                    lines ? fmt::format("<path class='curve s{}' d='M1 6H25'/>", style)
                          : fmt::format("<path class='whisker s{}' d='M13 0V12'/>{}", style,
                                        fmt::format("<circle class='dot s{}' cx='13' cy='6' r='4'/>", style)),
                    escape_html(names[i]));
  }
  return html + "</p>";
}

std::string figure(const std::string& title, const std::string& note, const std::string& legend_html,
                   const std::string& svg) {
  return fmt::format("<figure><figcaption><strong>{}</strong> {}</figcaption>{}{}</figure>\n",
                     escape_html(title), escape_html(note), legend_html, svg);
}

}  // namespace melomine::report

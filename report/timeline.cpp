#include "report/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/html.h"
#include "report/plot.h"

namespace melomine::report {
namespace {

constexpr double kWidth = 1080, kLeft = 158, kRight = 14, kTop = 26;
constexpr double kBar = 20, kBarGap = 3, kThin = 4, kThinGap = 2, kLanePad = 7;
constexpr size_t kHues = 8;
constexpr size_t kLongestLabel = 22;

/// Puts intervals into as few rows as keep them apart.
class Rows {
 public:
  explicit Rows(double apart) : apart_(apart) {}
  size_t place(double begin, double end) {
    size_t row = 0;
    while (row < ends_.size() && begin < ends_[row] + apart_) ++row;
    if (row == ends_.size()) ends_.push_back(0);
    ends_[row] = end;
    return row;
  }
  size_t size() const { return ends_.size(); }

 private:
  double apart_;
  std::vector<double> ends_;
};

std::string shortened(const std::string& text) {
  if (text.size() <= kLongestLabel) return text;
  size_t keep = kLongestLabel - 1;
  while (keep > 0 && (static_cast<unsigned char>(text[keep]) & 0xC0) == 0x80) --keep;  // not inside a letter
  return text.substr(0, keep) + "…";
}

/// Right or wrong as a disc at the right end of a bar.
std::string mark(double x, double y, bool correct) {
  return fmt::format(
      "<g class='{}'><circle cx='{:.1f}' cy='{:.1f}' r='6.5'/><path d='M{:.1f} {:.1f}{}'/></g>",
      correct ? "right" : "wrong", x, y, x - 3, correct ? y : y - 3,
      correct ? "l2.3 2.6l3.9 -5" : "l6 6m0 -6l-6 6");
}

/// One bar of a fragment or of a match.
struct Bar {
  TimeInterval interval;
  size_t hue = 0;
  std::string number, words, tooltip;
  bool uncertain = false;
  const mining::PairJudgement* judgement = nullptr;
};

class Drawing {
 public:
  explicit Drawing(double duration_s) : duration_s_(duration_s) {}

  double x(double t_s) const { return kLeft + t_s / duration_s_ * (kWidth - kLeft - kRight); }

  /// A lane's bars and, below, the thin lines of where they should lie; the next lane begins under it.
  void lane(const TimelineLane& recording, const std::string& remark, bool flagged, std::vector<Bar> bars,
            std::vector<Bar> thin) {
    const auto by_start = [](const Bar& a, const Bar& b) { return a.interval.start_s < b.interval.start_s; };
    std::stable_sort(bars.begin(), bars.end(), by_start);
    std::stable_sort(thin.begin(), thin.end(), by_start);
    const double top = y_ + kLanePad;
    Rows bar_rows(1), thin_rows(1);
    std::string marks;
    for (const Bar& b : bars)
      marks += bar(b, top + static_cast<double>(bar_rows.place(x(b.interval.start_s), x(b.interval.end_s))) *
                                (kBar + kBarGap));
    const double rows = static_cast<double>(std::max<size_t>(bar_rows.size(), 1));
    const double below = top + rows * (kBar + kBarGap);
    for (const Bar& b : thin) {
      const auto row = thin_rows.place(x(b.interval.start_s), x(b.interval.end_s));
      marks += fmt::format(
          "<rect class='thin h{}' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{}' "
          "rx='2'><title>{}</title></rect>",
          b.hue, x(b.interval.start_s), below + 1 + static_cast<double>(row) * (kThin + kThinGap),
          x(b.interval.end_s) - x(b.interval.start_s), kThin, escape_html(b.tooltip));
    }
    const double least = remark.empty() ? 0 : 38;  // two lines of text
    const double bottom = std::max(
        below + static_cast<double>(thin_rows.size()) * (kThin + kThinGap) + kLanePad - kBarGap, y_ + least);
    svg_ += fmt::format("<rect class='lane' x='{}' y='{:.1f}' width='{:.1f}' height='{:.1f}'/>", kLeft,
                        y_ + 1, x(recording.duration_s) - kLeft, bottom - y_ - 2);
    svg_ += fmt::format("<text x='4' y='{:.1f}' class='name'><title>{}</title>{}</text>", y_ + 19,
                        escape_html(recording.recording_id), escape_html(shortened(recording.recording_id)));
    if (!remark.empty())
      svg_ += fmt::format("<text x='4' y='{:.1f}' class='{}'>{}</text>", y_ + 33, flagged ? "flag" : "remark",
                          escape_html(remark));
    svg_ += marks;
    y_ = bottom;
  }

  std::string svg(const std::string& description) const {
    const Axis axis = round_axis(0, duration_s_, "");
    const double step = duration_s_ / axis.step > 8 || axis.step < 1 ? axis.step : axis.step / 2;
    std::string ticks;
    for (double t = 0; t <= duration_s_ + 1e-9; t += step)
      ticks += fmt::format(
          "<line class='grid' x1='{0:.1f}' x2='{0:.1f}' y1='{1}' y2='{2:.1f}'/><text x='{0:.1f}' y='16' "
          "class='{3}'>{4}</text>",
          x(t), kTop - 5, y_, x(t) > kWidth - 40 ? "end" : "middle",
          tick_text(t, step) + (t == 0 ? " s" : ""));
    return fmt::format("<svg class='timeline' viewBox='0 0 {} {:.0f}' role='img' aria-label='{}'>{}{}</svg>",
                       kWidth, y_ + 4, escape_html(description), ticks, svg_);
  }

 private:
  std::string bar(const Bar& b, double top) const {
    const double left = x(b.interval.start_s), width = x(b.interval.end_s) - left;
    std::string svg = fmt::format(
        "<g><title>{}</title><rect class='fragment h{}{}' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{}' "
        "rx='3'/>",
        escape_html(b.tooltip), b.hue, b.uncertain ? " open" : "", left + 0.5, top, std::max(width - 1, 1.0),
        kBar);
    constexpr double kDigit = 8;
    const double number_width = kDigit * static_cast<double>(b.number.size()) + 8;
    if (width >= number_width)
      svg += fmt::format("<text x='{:.1f}' y='{:.1f}' class='number'>{}</text>", left + 5, top + 14.5,
                         escape_html(b.number));
    const double words_width = 6.5 * static_cast<double>(b.words.size());
    if (width >= number_width + words_width + 18)
      svg += fmt::format("<text x='{:.1f}' y='{:.1f}' class='words'>{}</text>", left + number_width,
                         top + 14.5, escape_html(b.words));
    if (b.judgement != nullptr && width >= number_width + 14)
      svg += mark(left + width - 10, top + kBar / 2, b.judgement->correct);
    return svg + "</g>";
  }

  double duration_s_, y_ = kTop;
  std::string svg_;
};

std::string tooltip_of(const JudgedMatch& match, const std::string& number) {
  std::string text =
      fmt::format("fragment {} in {}, {:.2f} to {:.2f} s, correlation {:.3f}, {}", number,
                  match.row->recording_id, match.row->interval.start_s, match.row->interval.end_s,
                  match.row->correlation, to_string(match.row->verdict));
  if (!match.judgement) return text;
  if (match.judgement->correct)
    return text + fmt::format(", right, off by {:.0f} ms", 1000 * match.judgement->error_s);
  return text + (match.judgement->has_truth ? ", wrong" : ", wrong: the recording has no counterpart");
}

void draw_cover(Drawing& drawing, const TimelineSong& song, const TimelineLane& cover) {
  std::vector<Bar> bars, thin;
  const std::vector<const datasets::TruthRow*>* truth =
      song.truth == nullptr ? nullptr : &song.truth->of(song.original.recording_id, cover.recording_id);
  for (size_t f = 0; f < song.groups.size(); ++f) {
    const JudgedGroup& group = *song.groups[f];
    const std::string& number = group.original->fragment_id;
    for (const JudgedMatch& match : group.matches)
      if (match.row->recording_id == cover.recording_id)
        bars.push_back({match.row->interval, f % kHues, number, fmt::format("{:.2f}", match.row->correlation),
                        tooltip_of(match, number), !match.relevant(),
                        match.judgement ? &*match.judgement : nullptr});
    if (truth == nullptr) continue;
    for (const TimeInterval& place : counterparts(*truth, group.original->interval))
      thin.push_back(
          {place, f % kHues, number, "",
           fmt::format("truth: fragment {}, {:.2f} to {:.2f} s", number, place.start_s, place.end_s)});
  }
  const bool unrelated = truth != nullptr && truth->empty();
  const bool flagged = unrelated && !bars.empty();
  std::string remark = bars.empty() ? "nothing found" : "";
  if (unrelated) remark = bars.empty() ? "no counterpart" : "no counterpart!";
  drawing.lane(cover, remark, flagged, std::move(bars), std::move(thin));
}

}  // namespace

std::string timeline_svg(const TimelineSong& song) {
  double duration_s = song.original.duration_s;
  for (const TimelineLane& cover : song.covers) duration_s = std::max(duration_s, cover.duration_s);
  if (!(duration_s > 0)) return "";
  Drawing drawing(duration_s);
  std::vector<Bar> fragments;
  for (size_t f = 0; f < song.groups.size(); ++f) {
    const auto& row = *song.groups[f]->original;
    fragments.push_back({row.interval, f % kHues, row.fragment_id, "",
                         fmt::format("fragment {}, {:.2f} to {:.2f} s", row.fragment_id, row.interval.start_s,
                                     row.interval.end_s)});
  }
  drawing.lane(song.original, "original", false, std::move(fragments), {});
  for (const TimelineLane& cover : song.covers) draw_cover(drawing, song, cover);
  return drawing.svg(
      fmt::format("Timeline of {}: {} fragments of the original and their matches in {} covers", song.song_id,
                  song.groups.size(), song.covers.size()));
}

std::string timeline_legend(bool with_truth) {
  const auto entry = [](const std::string& drawing, const char* words) {
    return fmt::format("<span><svg viewBox='0 0 26 14' aria-hidden='true'>{}</svg>{}</span> ", drawing,
                       words);
  };
  std::string html = "<p class='legend'>";
  html += entry("<rect class='fragment h0' x='1' y='1' width='24' height='12' rx='3'/>",
                "fragment, or relevant match");
  html +=
      entry("<rect class='fragment open h0' x='1' y='1' width='24' height='12' rx='3'/>", "uncertain match");
  if (with_truth) {
    html += entry(mark(13, 7, true), "right by the truth");
    html += entry(mark(13, 7, false), "wrong");
    html +=
        entry("<rect class='thin h0' x='1' y='5' width='24' height='4' rx='2'/>", "where the truth has it");
  }
  return html + "</p>";
}

}  // namespace melomine::report

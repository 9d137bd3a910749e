#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/html.h"
#include "report/plot.h"
#include "report/result.h"
#include "report/sections.h"
#include "retrieval/principal_axes.h"

namespace melomine::report {
namespace {

using evaluation::ItemRole;
using evaluation::ProjectedFingerprint;
using Fingerprints = std::vector<ProjectedFingerprint>;

constexpr double kFullTurn = 360;

/// Those of the first system.
Fingerprints of_first_system(const Fingerprints& all) {
  Fingerprints own;
  for (const ProjectedFingerprint& one : all)
    if (one.system == all.front().system) own.push_back(one);
  return own;
}

/// Where each song stands on the wheel of hues.
std::map<std::string, double> hues_of(const Fingerprints& fingerprints) {
  std::map<std::string, double> hues;
  for (const ProjectedFingerprint& one : fingerprints) hues[one.song] = 0;
  double number = 0;
  for (auto& [song, hue] : hues) hue = kFullTurn * number++ / static_cast<double>(hues.size());
  return hues;
}

std::vector<double> shares_of(const Fingerprints& fingerprints) {
  retrieval::Projection projection;
  for (const ProjectedFingerprint& one : fingerprints) {
    projection.coordinates.push_back(one.axes);
    projection.rest.push_back(one.rest);
  }
  return retrieval::shares_of_variance(projection);
}

/// Circles are queries, crosses what is right for them.
std::string point_mark(double x, double y, ItemRole role) {
  if (role == ItemRole::kQuery) return fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3'/>", x, y);
  return fmt::format("<path d='M{:.1f} {:.1f}l6 6m0-6l-6 6'/>", x - 3, y - 3);
}

std::string scatter(const Fingerprints& fingerprints, const std::map<std::string, double>& hues,
                    const std::vector<double>& shares, const std::string& description) {
  constexpr double kSide = 380, kLeft = 20, kTop = 24, kBelow = 24;  // a square, and room for the axes' names
  double half = 0;  // what the square reaches to: the same on both axes, or distances would lie
  for (const ProjectedFingerprint& one : fingerprints)
    half = std::max({half, std::abs(one.axes[0]), std::abs(one.axes[1])});
  constexpr double kMargin = 1.05;
  half = half > 0 ? half * kMargin : 1;
  const auto place = [&](double value) { return 0.5 * kSide * (1 + value / half); };
  const auto name = [&](const char* axis, size_t a) {
    return fmt::format("{} axis, {} of the variance", axis, value_text(shares[a], Unit::kPercent));
  };
  std::string svg =
      fmt::format("<rect class='frame' x='{}' y='{}' width='{}' height='{}'/>", kLeft, kTop, kSide, kSide);
  svg += fmt::format("<text x='{}' y='16'>{}</text><text x='{}' y='{}' class='middle'>{}</text>", kLeft,
                     name("second", 1), kLeft + 0.5 * kSide, kTop + kSide + 18, name("first", 0));
  for (const ProjectedFingerprint& one : fingerprints)
    svg += fmt::format("<g class='point' style='--hue:{:.0f}'><title>{}, {} {:.1f} s</title>{}</g>",
                       hues.at(one.song), escape_html(one.song), escape_html(one.id), one.centre_s,
                       point_mark(kLeft + place(one.axes[0]), kTop + kSide - place(one.axes[1]), one.role));
  return fmt::format("<svg viewBox='0 0 {} {}' role='img' aria-label='{}'>{}</svg>", kSide + 2 * kLeft,
                     kTop + kSide + kBelow, escape_html(description), svg);
}

/// Of a fingerprint and the one nearest to it of another recording: how often something is the same.
struct Neighbours {
  double same_song = 0, same_domain = 0;
  double song_by_chance = 0, domain_by_chance = 0;
};

Neighbours neighbours_of(const Fingerprints& all) {
  Neighbours shares;
  for (const ProjectedFingerprint& one : all) {
    const ProjectedFingerprint* nearest = nullptr;
    double least = INFINITY, others = 0, of_song = 0, of_domain = 0;
    for (const ProjectedFingerprint& other : all) {
      if (other.id == one.id && other.role == one.role) continue;
      double square = 0;
      for (size_t a = 0; a < one.axes.size(); ++a) square += std::pow(one.axes[a] - other.axes[a], 2);
      if (square < least) {
        least = square;
        nearest = &other;
      }
      ++others;
      of_song += other.song == one.song ? 1 : 0;
      of_domain += other.role == one.role ? 1 : 0;
    }
    if (nearest == nullptr) continue;
    const double weight = 1 / static_cast<double>(all.size());
    shares.same_song += nearest->song == one.song ? weight : 0;
    shares.same_domain += nearest->role == one.role ? weight : 0;
    shares.song_by_chance += weight * of_song / others;
    shares.domain_by_chance += weight * of_domain / others;
  }
  return shares;
}

std::string neighbours_note(const Fingerprints& fingerprints, const std::vector<double>& shares) {
  const Neighbours n = neighbours_of(fingerprints);
  double shown = 0;
  for (const double share : shares) shown += share;
  const auto percent = [](double share) { return fmt::format("{:.0f} %", 100 * share); };
  return fmt::format(
      "On the first {} axes ({} of the variance) the nearest fingerprint of another recording is of the same "
      "song in {} ({} by chance), and of the same side, query or original, in {} ({}).",
      shares.size(), percent(shown), percent(n.same_song), percent(n.song_by_chance), percent(n.same_domain),
      percent(n.domain_by_chance));
}

std::string legend_of(const std::map<std::string, double>& hues) {
  std::string html =
      "<p class='legend'><span><svg viewBox='0 0 26 12' aria-hidden='true'><g class='point plain'>" +
      point_mark(13, 6, ItemRole::kQuery) +
      "</g></svg>query</span> <span><svg viewBox='0 0 26 12' aria-hidden='true'><g class='point plain'>" +
      point_mark(13, 6, ItemRole::kReference) + "</g></svg>what is right for it</span> ";
  for (const auto& [song, hue] : hues)
    html += fmt::format(
        "<span><svg viewBox='0 0 26 12' aria-hidden='true'><g class='point' "
        "style='--hue:{:.0f}'>{}</g></svg>{}"
        "</span> ",
        hue, point_mark(13, 6, ItemRole::kQuery), escape_html(song));
  return html + "</p>";
}

std::string picture(const ReportedRound& round, const std::string& set) {
  const auto found = round.fingerprints.find(set);
  if (found == round.fingerprints.end() || found->second.empty()) return "";
  const Fingerprints fingerprints = of_first_system(found->second);
  const auto shares = shares_of(fingerprints);
  if (shares.size() < 2) return "";
  const auto hues = hues_of(fingerprints);
  const std::string title = fmt::format("{}, {}.", set, model_name(round.number));
  return report::figure(
      title, neighbours_note(fingerprints, shares), legend_of(hues),
      scatter(fingerprints, hues, shares,
              fmt::format("{} Fingerprints of queries and of what is right for them on the two axes "
                          "of most variance, a hue for each of {} songs",
                          title, hues.size())));
}

}  // namespace

std::string fingerprints_section(const RunRecord& run) {
  std::string html;
  for (const std::string& set : run.sets) {
    const auto result = result_of(run, set);
    if (!result) continue;
    for (const ReportedRound& round : run.rounds) {
      // The first set before and after the loop, others after it.
      const bool is_result = round.evaluation(set) == result->record;
      if (is_result || (set == run.sets.front() && &round == &run.rounds.front()))
        html += picture(round, set);
    }
  }
  if (html.empty()) return "";
  return "<section id='fingerprints'><h2>Fingerprints</h2><p class='note'>A sample of what the encoder "
         "hears, "
         "a point for each window, on the two axes along which the sample varies most (PCA, of each picture "
         "for "
         "itself). Songs that keep apart can be told from one another; queries that keep apart from "
         "originals "
         "are heard as another kind of sound. The points stand in fingerprints.csv beside each set's "
         "report.</p>"
         "<div class='charts'>" +
         html + "</div></section>\n";
}

}  // namespace melomine::report

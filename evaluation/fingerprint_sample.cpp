#include "evaluation/fingerprint_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/csv.h"
#include "core/text.h"
#include "retrieval/principal_axes.h"

namespace melomine::evaluation {
namespace {

constexpr size_t kMostSongs = 16, kMostQueriesOfSong = 8, kMostFingerprints = 800;
constexpr int64_t kAxes = 8;
constexpr const char* kQueryRole = "query";
constexpr const char* kCandidateRole = "candidate";

/// At most `most` of so many, at equal distances.
std::vector<size_t> spread(size_t of, size_t most) {
  std::vector<size_t> chosen;
  const size_t count = std::min(of, most);
  chosen.reserve(count);
  for (size_t i = 0; i < count; ++i) chosen.push_back((2 * i + 1) * of / (2 * count));
  return chosen;
}

/// Rows that count.
std::vector<int64_t> heard_steps(const retrieval::FingerprintSequence& z) {
  std::vector<int64_t> steps;
  for (int64_t t = 0; t < z.steps; ++t) {
    const bool counts = z.voiced.empty() || z.voiced[static_cast<size_t>(t)] != 0;
    const auto row = z.row(t);
    if (counts && std::any_of(row.begin(), row.end(), [](float value) { return value != 0; }))
      steps.push_back(t);
  }
  return steps;
}

std::string axis_name(size_t axis) {
  return fmt::format("axis{}", axis + 1);
}

}  // namespace

void FingerprintSample::choose(const EvaluationSet& set) {
  *this = {};
  std::map<std::string, std::vector<size_t>> queries_of;
  for (size_t q = 0; q < set.queries.size(); ++q)
    queries_of[set.songs.empty() ? set.queries[q].id : set.songs[q]].push_back(q);
  std::vector<std::string> songs;
  songs.reserve(queries_of.size());
  for (const auto& [song, queries] : queries_of) songs.push_back(song);
  for (const size_t s : spread(songs.size(), kMostSongs)) {
    const auto& queries = queries_of.at(songs[s]);
    for (const size_t i : spread(queries.size(), kMostQueriesOfSong)) {
      const size_t q = queries[i];
      chosen_.insert({{ItemRole::kQuery, q}, {set.queries[q].id, songs[s]}});
      if (set.match_with == MatchQueriesWith::kEachOther) continue;  // what is right is a query itself
      for (const int64_t target : set.relevance[q].targets)
        chosen_.insert({{ItemRole::kReference, static_cast<size_t>(target)},
                        {set.references[static_cast<size_t>(target)].id, songs[s]}});
    }
  }
}

void FingerprintSample::take(ItemRole role, size_t item, const retrieval::FingerprintSequence& z) {
  const auto found = chosen_.find({role, item});
  if (found == chosen_.end()) return;
  const size_t most = std::max<size_t>(1, kMostFingerprints / chosen_.size());
  const std::vector<int64_t> steps = heard_steps(z);
  for (const size_t i : spread(steps.size(), most)) {
    const auto row = z.row(steps[i]);
    fingerprints_.push_back({role,
                             found->second.id,
                             found->second.song,
                             z.first_center_s + static_cast<double>(steps[i]) * z.hop_s,
                             {row.begin(), row.end()}});
  }
}

std::vector<ProjectedFingerprint> projected(const FingerprintSample& sample, const std::string& system) {
  const auto& fingerprints = sample.fingerprints();
  if (fingerprints.empty()) return {};
  std::vector<float> rows;
  for (const SampledFingerprint& one : fingerprints)
    rows.insert(rows.end(), one.values.begin(), one.values.end());
  const auto dim = static_cast<int64_t>(fingerprints[0].values.size());
  const retrieval::Projection projection = retrieval::project(rows, dim, std::min(kAxes, dim));
  std::vector<ProjectedFingerprint> all;
  all.reserve(fingerprints.size());
  for (size_t i = 0; i < fingerprints.size(); ++i) {
    const SampledFingerprint& one = fingerprints[i];
    all.push_back(
        {system, one.role, one.id, one.song, one.centre_s, projection.coordinates[i], projection.rest[i]});
  }
  return all;
}

std::string fingerprints_csv(const std::vector<ProjectedFingerprint>& fingerprints) {
  size_t axes = 0;
  for (const ProjectedFingerprint& one : fingerprints) axes = std::max(axes, one.axes.size());
  std::vector<std::string> head = {"system", "role", "id", "song", "centre_s"};
  for (size_t a = 0; a < axes; ++a) head.push_back(axis_name(a));
  head.emplace_back("rest");
  std::string text = csv_line(head);
  for (const ProjectedFingerprint& one : fingerprints) {
    std::vector<std::string> row = {one.system, one.role == ItemRole::kQuery ? kQueryRole : kCandidateRole,
                                    one.id, one.song, fmt::format("{:.3f}", one.centre_s)};
    for (size_t a = 0; a < axes; ++a)
      row.push_back(fmt::format("{:.5f}", a < one.axes.size() ? one.axes[a] : 0.0));
    row.push_back(fmt::format("{:.5f}", one.rest));
    text += csv_line(row);
  }
  return text;
}

std::vector<ProjectedFingerprint> read_fingerprints(const std::filesystem::path& file) {
  const CsvTable table = CsvTable::read(file);
  table.require({"system", "role", "id", "song", "centre_s", axis_name(0), "rest"});
  std::vector<ProjectedFingerprint> fingerprints;
  for (size_t row = 0; row < table.size(); ++row) {
    const std::string& role = table.text(row, "role");
    if (role != kQueryRole && role != kCandidateRole)
      table.fail(row, fmt::format("unknown role '{}'; known: {}, {}", role, kQueryRole, kCandidateRole));
    ProjectedFingerprint one{.system = table.text(row, "system"),
                             .role = role == kQueryRole ? ItemRole::kQuery : ItemRole::kReference,
                             .id = table.text(row, "id"),
                             .song = table.text(row, "song"),
                             .centre_s = table.number(row, "centre_s"),
                             .axes = {},
                             .rest = table.number(row, "rest")};
    for (size_t a = 0; table.has(axis_name(a)); ++a) one.axes.push_back(table.number(row, axis_name(a)));
    fingerprints.push_back(std::move(one));
  }
  return fingerprints;
}

}  // namespace melomine::evaluation

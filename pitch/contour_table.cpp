#include "pitch/contour_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/csv.h"
#include "core/error.h"
#include "pitch/track_store.h"

namespace melomine::pitch {
namespace {

/// Usual distances between rows that a frame may be away from the nearest one.
constexpr double kReach = 1.5;

class ContourTableKind : public configs::KindOf<ContourTableKind, F0Kind, ContourTableConfig> {
 public:
  std::unique_ptr<F0Tracker> make(const F0Range& range) const override {
    return std::make_unique<ContourTable>(config, range);
  }
  bool is_worth_storing() const override { return false; }
};

float f0_of(const CsvTable& table, size_t row) {
  const std::string& text = table.text(row, "f0_hz");
  if (text.empty() || text == "nan" || text == "NaN") return 0;
  const double f0_hz = table.number(row, "f0_hz");
  if (f0_hz < 0) table.fail(row, "f0_hz must be 0 (unvoiced) or above, got " + text);
  return static_cast<float>(f0_hz);
}

double usual_distance(const std::vector<double>& time_s) {
  std::vector<double> distances;
  for (size_t i = 1; i < time_s.size(); ++i) distances.push_back(time_s[i] - time_s[i - 1]);
  if (distances.empty()) return 0;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  return *middle;
}

}  // namespace

TimedF0 read_timed_f0(const std::filesystem::path& path) {
  const CsvTable table = CsvTable::read(path);
  table.require({"time_s", "f0_hz"});
  TimedF0 timed;
  for (size_t row = 0; row < table.size(); ++row) {
    const double time_s = table.number(row, "time_s");
    if (!timed.time_s.empty() && time_s <= timed.time_s.back())
      table.fail(row, "time_s must ascend, got " + table.text(row, "time_s"));
    const float f0_hz = f0_of(table, row);
    double probability = f0_hz > 0 ? 1 : 0;
    if (table.has("voiced_probability")) probability = table.number(row, "voiced_probability");
    if (probability < 0 || probability > 1)
      table.fail(row, "voiced_probability must be from 0 to 1, got " + table.text(row, "voiced_probability"));
    timed.time_s.push_back(time_s);
    timed.f0_hz.push_back(f0_hz);
    timed.probability.push_back(static_cast<float>(probability));
  }
  return timed;
}

std::string timed_f0_csv(const dsp::F0Track& track) {
  std::string text = "time_s,f0_hz,voiced_probability\n";
  for (size_t t = 0; t < track.f0_hz.size(); ++t)
    text += fmt::format("{:.6g},{:.6g},{:.4g}\n", static_cast<double>(t) * track.hop_s, track.f0_hz[t],
                        track.probability[t]);
  return text;
}

dsp::F0Track resample_f0(const TimedF0& table, double hop_s, int64_t frames) {
  dsp::F0Track track{hop_s, {}, {}};
  track.f0_hz.resize(static_cast<size_t>(frames));
  track.probability.resize(track.f0_hz.size());
  const double distance = usual_distance(table.time_s);
  const double reach = kReach * std::max(distance, hop_s);
  size_t next = 0;  // the first row that is later than the frame
  for (size_t t = 0; t < track.f0_hz.size(); ++t) {
    const double time_s = static_cast<double>(t) * hop_s;
    while (next < table.time_s.size() && table.time_s[next] <= time_s) ++next;
    const auto away = [&](size_t row) { return std::abs(table.time_s[row] - time_s); };
    const bool has_before = next > 0, has_behind = next < table.time_s.size();
    if (!has_before && !has_behind) break;
    const size_t nearest = !has_behind || (has_before && away(next - 1) <= away(next)) ? next - 1 : next;
    if (away(nearest) > reach) continue;
    track.f0_hz[t] = table.f0_hz[nearest];
    track.probability[t] = table.probability[nearest];
    if (!has_before || !has_behind || table.time_s[next] - table.time_s[next - 1] > 2 * reach) continue;
    const float before = table.f0_hz[next - 1], behind = table.f0_hz[next];
    const double share = away(next - 1) / (table.time_s[next] - table.time_s[next - 1]);
    if (before > 0 && behind > 0)
      track.f0_hz[t] = static_cast<float>(before * std::pow(static_cast<double>(behind) / before, share));
  }
  return track;
}

void bind(configs::Binder& b, ContourTableConfig& c) {
  b.path("index", c.index,
         "CSV of recordings: samples_sha256 (melomine features --sha256) and path of the CSV that has their "
         "time_s, f0_hz and perhaps voiced_probability, from the index; must be given");
  b.require(!c.index.empty(), "index", "must be given: a CSV of samples_sha256 and path");
}

configs::KindEntry table_kind() {
  return configs::kind<ContourTableKind>("table", "contours that another program found, read from CSV");
}

ContourTable::ContourTable(const ContourTableConfig& config, const F0Range& range)
    : range_(range), index_(config.index) {
  const CsvTable table = CsvTable::read(config.index);
  table.require({"samples_sha256", "path"});
  for (size_t row = 0; row < table.size(); ++row)
    if (!tables_.emplace(table.text(row, "samples_sha256"), index_.parent_path() / table.text(row, "path"))
             .second)
      table.fail(row, "has a recording twice: " + table.text(row, "samples_sha256"));
}

dsp::F0Track ContourTable::track(std::span<const float> samples, int sample_rate_hz) const {
  const std::string hash = sha256_of_samples(samples);
  const auto found = tables_.find(hash);
  if (found == tables_.end())
    throw DataError(index_.string(), "",
                    "has no contour of the recording whose samples have the SHA-256 " + hash +
                        " (melomine features --sha256 prints it)");
  const double hop_samples = range_.hop_s * sample_rate_hz;
  if (!(hop_samples >= 1)) throw ConfigError("[f0] hop_s must be at least one sample");
  dsp::F0Track track =
      resample_f0(read_timed_f0(found->second), range_.hop_s,
                  1 + static_cast<int64_t>(static_cast<double>(samples.size()) / hop_samples));
  for (float& f0_hz : track.f0_hz)
    if (f0_hz < range_.fmin_hz || f0_hz > range_.fmax_hz) f0_hz = 0;
  return track;
}

}  // namespace melomine::pitch

#include "library/confidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_file.h"

namespace melomine::library {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kConfidenceFile = "confidence.json";

constexpr int64_t kLeastAnswers = 5;
constexpr int kNewtonSteps = 50;
/// Keeps the curve finite where right and wrong answers are apart.
constexpr double kRidge = 1e-3;
constexpr size_t kCurvePoints = 50;

struct Logistic {
  double weight = 0, bias = 0;
  double at(double x) const { return 1 / (1 + std::exp(-(weight * x + bias))); }
};

/// Newton's method on the likelihood of the targets that Platt gives finite samples.
Logistic fit(std::span<const KnownAnswer> answers, int64_t right, int64_t wrong) {
  const double high = static_cast<double>(right + 1) / static_cast<double>(right + 2);
  const double low = 1 / static_cast<double>(wrong + 2);
  Logistic curve;
  for (int step = 0; step < kNewtonSteps; ++step) {
    double gw = -kRidge * curve.weight, gb = 0, hww = kRidge, hwb = 0, hbb = kRidge;
    for (const KnownAnswer& answer : answers) {
      const double p = curve.at(answer.evidence), rest = (answer.is_right ? high : low) - p;
      const double slope = p * (1 - p);
      gw += rest * answer.evidence;
      gb += rest;
      hww += slope * answer.evidence * answer.evidence;
      hwb += slope * answer.evidence;
      hbb += slope;
    }
    const double determinant = hww * hbb - hwb * hwb;
    curve.weight += (hbb * gw - hwb * gb) / determinant;
    curve.bias += (hww * gb - hwb * gw) / determinant;
  }
  return curve;
}

/// Every threshold at which something changes.
std::vector<OperatingPoint> points_of(std::span<const KnownAnswer> answers, int64_t right, int64_t wrong) {
  std::vector<KnownAnswer> sorted(answers.begin(), answers.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const KnownAnswer& a, const KnownAnswer& b) { return a.evidence < b.evidence; });
  std::vector<OperatingPoint> points;
  int64_t right_below = 0, wrong_below = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || sorted[i].evidence != sorted[i - 1].evidence)
      points.push_back(
          {.threshold = sorted[i].evidence,
           .right_kept = static_cast<double>(right - right_below) / static_cast<double>(right),
           .wrong_given = static_cast<double>(wrong - wrong_below) / static_cast<double>(wrong)});
    ++(sorted[i].is_right ? right_below : wrong_below);
  }
  return points;
}

}  // namespace

std::optional<double> evidence_of(std::span<const FoundSong> found) {
  if (found.size() < 2) return std::nullopt;
  const size_t others = std::min<size_t>(kSongsOfEvidence, found.size()) - 1;
  double sum = 0;
  for (size_t i = 1; i <= others; ++i) sum += found[i].score;
  return found[0].score - sum / static_cast<double>(others);
}

double Confidence::of(double evidence) const {
  return Logistic{weight, bias}.at(evidence);
}

Sureness sureness_of(std::span<const FoundSong> found, const std::optional<Confidence>& confidence) {
  const auto evidence = evidence_of(found);
  if (!confidence || !evidence) return {std::nullopt, !found.empty()};
  return {confidence->of(*evidence), *evidence >= confidence->threshold};
}

Confidence calibrate(std::span<const KnownAnswer> answers, double most_wrong) {
  const auto right = static_cast<int64_t>(
      std::count_if(answers.begin(), answers.end(), [](const KnownAnswer& a) { return a.is_right; }));
  const int64_t wrong = static_cast<int64_t>(answers.size()) - right;
  if (right < kLeastAnswers || wrong < kLeastAnswers)
    throw DataError(fmt::format(
        "{} right and {} wrong answers tell nothing about confidence; {} of each are needed at least", right,
        wrong, kLeastAnswers));
  const Logistic curve = fit(answers, right, wrong);
  const std::vector<OperatingPoint> points = points_of(answers, right, wrong);
  Confidence confidence{
      .weight = curve.weight, .bias = curve.bias, .right = right, .wrong = wrong, .curve = {}};
  confidence.threshold = std::nextafter(points.back().threshold, INFINITY);
  for (auto point = points.rbegin(); point != points.rend() && point->wrong_given <= most_wrong; ++point)
    confidence.threshold = point->threshold;
  const size_t every = std::max<size_t>(1, points.size() / kCurvePoints);
  for (size_t i = 0; i < points.size(); i += every) confidence.curve.push_back(points[i]);
  return confidence;
}

void to_json(Json& json, const Confidence& confidence) {
  json = {{"weight", confidence.weight}, {"bias", confidence.bias},   {"threshold", confidence.threshold},
          {"right", confidence.right},   {"wrong", confidence.wrong}, {"curve", Json::array()}};
  for (const OperatingPoint& point : confidence.curve)
    json["curve"].push_back({{"threshold", point.threshold},
                             {"right_kept", point.right_kept},
                             {"wrong_given", point.wrong_given}});
}

void from_json(const Json& json, Confidence& confidence) {
  json.at("weight").get_to(confidence.weight);
  json.at("bias").get_to(confidence.bias);
  json.at("threshold").get_to(confidence.threshold);
  json.at("right").get_to(confidence.right);
  json.at("wrong").get_to(confidence.wrong);
  for (const Json& point : json.at("curve"))
    confidence.curve.push_back({point.at("threshold").get<double>(), point.at("right_kept").get<double>(),
                                point.at("wrong_given").get<double>()});
}

std::optional<Confidence> read_confidence(const std::filesystem::path& library) {
  const auto file = library / kConfidenceFile;
  if (!std::filesystem::exists(file)) return std::nullopt;
  return read_json_file<Confidence>(file, "`melomine search --calibrate` makes it again");
}

void write_confidence(const std::filesystem::path& library, const Confidence& confidence) {
  write_file_atomically(library / kConfidenceFile, json_text(Json(confidence), 1) + "\n");
}

}  // namespace melomine::library

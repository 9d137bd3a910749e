#include "review/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/random.h"
#include "core/sha256.h"
#include "review/consensus.h"

namespace melomine::review {
namespace {

constexpr size_t kIdLength = 16;

std::string id_of(const Pair& pair) {
  return sha256_of(fmt::format("{}\n{}\n{} {} {} {}", pair.original_id, pair.recording_id,
                               pair.original.start_s, pair.original.end_s, pair.place.start_s,
                               pair.place.end_s))
      .substr(0, kIdLength);
}

}  // namespace

std::vector<QueuedPair> pairs_of(const std::vector<datasets::FragmentRow>& rows, Among among) {
  using FragmentInRecording = std::pair<std::string, std::string>;
  std::set<FragmentInRecording> found;
  std::map<FragmentInRecording, double> best;  // of the uncertain ones
  for (const datasets::FragmentRow& row : rows) {
    if (row.audio_type == datasets::RecordingKind::kOriginal) continue;
    const FragmentInRecording place{row.group_id, row.recording_id};
    if (datasets::is_match(row.verdict)) found.insert(place);
    const auto known = best.try_emplace(place, row.correlation).first;
    known->second = std::max(known->second, row.correlation);
  }
  std::vector<QueuedPair> pairs;
  const datasets::FragmentRow* original = nullptr;
  for (const datasets::FragmentRow& row : rows) {
    if (row.audio_type == datasets::RecordingKind::kOriginal) {
      original = &row;
      continue;
    }
    if (original == nullptr || original->group_id != row.group_id || row.recording_id.empty()) continue;
    const bool is_relevant = datasets::is_match(row.verdict);
    if (is_relevant && among == Among::kUncertain) continue;
    const FragmentInRecording place{row.group_id, row.recording_id};
    QueuedPair queued{.id = {},
                      .pair = pair_of(*original, row),
                      .group_id = row.group_id,
                      .correlation = row.correlation,
                      .is_relevant = is_relevant,
                      .is_missing = !found.contains(place) && row.correlation >= best.at(place)};
    queued.id = id_of(queued.pair);
    pairs.push_back(std::move(queued));
  }
  return pairs;
}

void order_pairs(std::vector<QueuedPair>& pairs, const OrderSettings& settings) {
  // By id first: the order does not depend on that of the rows.
  std::sort(pairs.begin(), pairs.end(), [](const QueuedPair& a, const QueuedPair& b) { return a.id < b.id; });
  if (settings.order == Order::kRandom) {
    RandomStream({settings.seed, stream_id("review")}).shuffle(pairs);
    return;
  }
  const auto rank = [&](const QueuedPair& pair) {
    return std::tuple(pair.is_relevant || pair.is_missing ? 0 : 1,
                      pair.is_relevant || pair.correlation < settings.relevant
                          ? std::abs(pair.correlation - settings.relevant)
                          : 0.0,
                      -pair.correlation);
  };
  std::stable_sort(pairs.begin(), pairs.end(),
                   [&](const QueuedPair& a, const QueuedPair& b) { return rank(a) < rank(b); });
}

}  // namespace melomine::review

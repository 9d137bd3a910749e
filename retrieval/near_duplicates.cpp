#include "retrieval/near_duplicates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace melomine::retrieval {
namespace {

constexpr int kFrameBits = 22, kRecordingBits = 20;
/// Frames by which landmarks may disagree with their offset: copies are cut between frames.
constexpr int64_t kSlack = 1;

struct Vote {
  int32_t recording, offset;
  bool operator<(const Vote& other) const {
    return std::pair(recording, offset) < std::pair(other.recording, other.offset);
  }
};

/// Landmarks whose frame is in [first, last]. @param frames  ascending
int64_t count_between(const std::vector<int32_t>& frames, int64_t first, int64_t last) {
  const auto begin = std::lower_bound(frames.begin(), frames.end(), first);
  return std::max<int64_t>(0, std::upper_bound(begin, frames.end(), last) - begin);
}

}  // namespace

void LandmarkTable::add(int64_t recording, const std::vector<dsp::Landmark>& landmarks) {
  if (recording < 0 || recording >> kRecordingBits != 0 ||
      (!landmarks.empty() && landmarks.back().frame >> kFrameBits != 0))
    throw ShapeError(fmt::format("[landmark_table] recording {} does not fit", recording));
  if (frames_of_.size() <= static_cast<size_t>(recording))
    frames_of_.resize(static_cast<size_t>(recording) + 1);
  for (const dsp::Landmark& landmark : landmarks) {
    entries_.push_back((static_cast<uint64_t>(landmark.hash) << (kFrameBits + kRecordingBits)) |
                       (static_cast<uint64_t>(recording) << kFrameBits) |
                       static_cast<uint64_t>(landmark.frame));
    frames_of_[static_cast<size_t>(recording)].push_back(landmark.frame);
  }
}

void LandmarkTable::sort() {
  std::sort(entries_.begin(), entries_.end());
}

std::vector<NearDuplicate> LandmarkTable::find(const std::vector<dsp::Landmark>& query,
                                               const DuplicateConfig& config) const {
  std::vector<Vote> votes;
  std::vector<int32_t> frames;
  for (const dsp::Landmark& landmark : query) {
    frames.push_back(landmark.frame);
    const uint64_t from = static_cast<uint64_t>(landmark.hash) << (kFrameBits + kRecordingBits);
    const uint64_t to = from + (uint64_t{1} << (kFrameBits + kRecordingBits));
    for (auto e = std::lower_bound(entries_.begin(), entries_.end(), from); e != entries_.end() && *e < to;
         ++e)
      votes.push_back({static_cast<int32_t>((*e >> kFrameBits) & ((1 << kRecordingBits) - 1)),
                       static_cast<int32_t>(*e & ((1 << kFrameBits) - 1)) - landmark.frame});
  }
  std::sort(votes.begin(), votes.end());
  std::vector<NearDuplicate> found;
  for (size_t begin = 0; begin < votes.size();) {
    size_t end = begin, best = begin, best_votes = 0;
    for (; end < votes.size() && votes[end].recording == votes[begin].recording; ++end) {
      size_t last = end;
      while (last < votes.size() && votes[last].recording == votes[end].recording &&
             votes[last].offset <= votes[end].offset + 2 * kSlack)
        ++last;
      if (last - end > best_votes) best_votes = last - end, best = end;
    }
    const Vote vote = votes[best];
    begin = end;
    const int64_t offset = vote.offset + kSlack;
    const auto& theirs = frames_of_[static_cast<size_t>(vote.recording)];
    const int64_t first = std::max<int64_t>(frames.front(), theirs.front() - offset);
    const int64_t last = std::min<int64_t>(frames.back(), theirs.back() - offset);
    const double overlap_s = static_cast<double>(last - first) * dsp::kLandmarkHop_s;
    const int64_t possible =
        std::min(count_between(frames, first, last), count_between(theirs, first + offset, last + offset));
    const double share =
        std::min(1.0, static_cast<double>(best_votes) / static_cast<double>(std::max<int64_t>(1, possible)));
    if (static_cast<int64_t>(best_votes) < config.min_votes || share < config.min_share ||
        overlap_s < config.min_overlap_s)
      continue;
    found.push_back({vote.recording, static_cast<int64_t>(best_votes), share,
                     static_cast<double>(offset) * dsp::kLandmarkHop_s, overlap_s});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.votes > b.votes; });
  return found;
}

}  // namespace melomine::retrieval

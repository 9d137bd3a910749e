#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dsp/landmarks.h"

namespace melomine::retrieval {

/// When two recordings are copies of one.
struct DuplicateConfig {
  int64_t min_votes = 12;    ///< landmarks that agree at one offset
  double min_share = 0.06;   ///< of the landmarks in the stretch that the recordings share
  double min_overlap_s = 3;  ///< length of that stretch
};

/// A recording that shares landmarks with another at one offset.
struct NearDuplicate {
  int64_t recording = 0;  ///< as add() was told
  int64_t votes = 0;      ///< landmarks that agree
  double share = 0;       ///< of those that lie in the overlap of the two, of the one that has fewer there
  double offset_s = 0;    ///< where the query begins in the recording; negative: before it
  double overlap_s = 0;
};

/// An inverted table of landmarks: hash → recordings and frames (Wang 2003). 12 bytes a landmark, so about
/// 0.5 kB a second of audio. Filled, then sorted once, then asked from any thread.
class LandmarkTable {
 public:
  /// @param recording  >= 0 and < 2^20  @throws ShapeError for another, or for one of more than 37 hours
  void add(int64_t recording, const std::vector<dsp::Landmark>& landmarks);
  void sort();
  int64_t landmarks() const { return static_cast<int64_t>(entries_.size()); }
  /// Recordings that are copies of the one asked for, by votes.
  std::vector<NearDuplicate> find(const std::vector<dsp::Landmark>& query,
                                  const DuplicateConfig& config) const;

 private:
  std::vector<uint64_t> entries_;                ///< hash, recording, frame
  std::vector<std::vector<int32_t>> frames_of_;  ///< [recordings] frames of all landmarks, ascending
};

}  // namespace melomine::retrieval

#include "library/song_clock.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace melomine::library {

SongClock::SongClock(std::span<const float> pitch, double hop_s, bool sung_time)
    : hop_s_(hop_s), sung_time_(sung_time) {
  if (!sung_time) return;
  for (size_t t = 0; t < pitch.size(); ++t)
    if (pitch[t] > 0) sung_.push_back(static_cast<int64_t>(t));
}

double SongClock::time_of(double heard_s) const {
  if (!sung_time_ || sung_.empty()) return heard_s;
  const double frame = std::max(heard_s / hop_s_, 0.0);
  const auto last = static_cast<double>(sung_.size() - 1);
  const auto whole = static_cast<size_t>(std::min(std::floor(frame), last));
  return (static_cast<double>(sung_[whole]) + frame - static_cast<double>(whole)) * hop_s_;
}

double SongClock::heard_before(double time_s) const {
  if (!sung_time_) return time_s;
  const auto frame = static_cast<int64_t>(std::llround(time_s / hop_s_));
  const auto before = std::lower_bound(sung_.begin(), sung_.end(), frame) - sung_.begin();
  return static_cast<double>(before) * hop_s_;
}

double median_pitch(std::span<const float> pitch) {
  std::vector<float> sung;
  std::copy_if(pitch.begin(), pitch.end(), std::back_inserter(sung), [](float p) { return p > 0; });
  if (sung.empty()) return 0;
  const auto middle = sung.begin() + static_cast<std::ptrdiff_t>(sung.size() / 2);
  std::nth_element(sung.begin(), middle, sung.end());
  return *middle;
}

}  // namespace melomine::library

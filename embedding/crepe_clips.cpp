#include "embedding/crepe_clips.h"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "core/cancellation.h"
#include "core/logging.h"
#include "pitch/activation_image.h"
#include "pitch/crepe_ear.h"
#include "pitch/crepe_weights.h"

namespace melomine::embedding {
namespace {

constexpr int64_t kHopSamples = pitch::kCrepeRateHz / 100;  // 10 ms

class CrepeClips : public datasets::ClipImages {
 public:
  CrepeClips(std::shared_ptr<const pitch::CrepeEar> ear, const CrepeFrontEnd& front_end)
      : ear_(std::move(ear)), voicing_(front_end.voicing), columns_(window_columns(front_end)) {}
  int64_t sample_rate_hz() const override { return pitch::kCrepeRateHz; }
  int64_t hop_samples() const override { return kHopSamples; }
  int64_t window_frames() const override { return columns_ * pitch::kFramesPerColumn; }
  int64_t rows() const override { return pitch::kImageRows; }
  int64_t columns() const override { return columns_; }
  void draw(std::span<const float> samples, int64_t first, std::span<float> image) const override {
    pitch::draw_activation(ear_->listen(samples, pitch::kCrepeRateHz), first, columns_, voicing_, image);
  }

 private:
  std::shared_ptr<const pitch::CrepeEar> ear_;
  double voicing_;
  int64_t columns_;
};

/// The nearest frame of a place.
int64_t frame_of(int64_t place) {
  return std::llround(static_cast<double>(place) / static_cast<double>(kHopSamples));
}

class CrepeRecordings : public datasets::RecordedImages {
 public:
  CrepeRecordings(std::shared_ptr<const pitch::CrepeEar> ear, double voicing)
      : ear_(std::move(ear)), voicing_(voicing) {}

  void hear(const std::vector<std::string>& recording_ids, const datasets::AudioReader& reader) override {
    log_info("CREPE hears {} recordings; those in the cache are known", recording_ids.size());
    std::vector<std::string> keys(recording_ids.size());
    std::atomic<size_t> done{0};
    tbb::parallel_for(size_t{0}, recording_ids.size(), [&](size_t i) {
      throw_if_cancelled();
      const auto samples = reader.read_all(recording_ids[i]);
      keys[i] = ear_->remember(samples, pitch::kCrepeRateHz);
      const size_t count = ++done, tenths = 10 * count / recording_ids.size();
      if (tenths != 10 * (count - 1) / recording_ids.size())
        log_info("CREPE has heard {} of {} recordings", count, recording_ids.size());
    });
    for (size_t i = 0; i < keys.size(); ++i) keys_[recording_ids[i]] = std::move(keys[i]);
  }

  void draw(const std::string& recording_id, std::span<const int64_t> places,
            std::span<float> image) const override {
    int64_t first = 0, last = -1;
    for (const int64_t place : places) {
      if (place == datasets::kNoPlace) continue;
      const int64_t frame = frame_of(place);
      first = last < first ? frame : std::min(first, frame);
      last = std::max(last, frame);
    }
    const int64_t begin = std::max<int64_t>(0, first);
    const auto activation =
        ear_->recall(keys_.at(recording_id), begin, std::max<int64_t>(0, last + 1 - begin));
    std::vector<int64_t> frames;
    for (const int64_t place : places) {
      const int64_t frame = place == datasets::kNoPlace ? -1 : frame_of(place);
      frames.push_back(frame < begin ? -1 : frame - begin);
    }
    pitch::draw_activation(activation, frames, voicing_, image);
  }

 private:
  std::shared_ptr<const pitch::CrepeEar> ear_;
  double voicing_;
  std::unordered_map<std::string, std::string> keys_;  ///< in the cache, by recording
};

}  // namespace

datasets::ClipView crepe_clips(const CrepeFrontEnd& front_end) {
  const auto ear = std::make_shared<const pitch::CrepeEar>(front_end.weights, front_end.cache);
  datasets::ClipView view{.images = std::make_shared<const CrepeClips>(ear, front_end)};
  if (front_end.hears == CrepeHears::kRecordings)
    view.recorded = std::make_shared<CrepeRecordings>(ear, front_end.voicing);
  return view;
}

}  // namespace melomine::embedding

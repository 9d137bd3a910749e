#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/audio_reader.h"

namespace melomine::datasets {

/// A place of RecordedImages that lies outside every recording.
inline constexpr int64_t kNoPlace = -(int64_t{1} << 50);

/// How an encoder sees a clip of audio: frames at even steps, of which a window's make an image. Called from
/// several threads at once.
class ClipImages {
 public:
  virtual ~ClipImages() = default;
  /// Of the audio that it takes.
  virtual int64_t sample_rate_hz() const = 0;
  /// Between frames; frame t is centred on sample t * hop.
  virtual int64_t hop_samples() const = 0;
  /// Frames of a window.
  virtual int64_t window_frames() const = 0;
  virtual int64_t rows() const = 0;
  virtual int64_t columns() const = 0;
  /// The frames [first, first + window_frames()) of a clip. @param image  [rows, columns]
  virtual void draw(std::span<const float> samples, int64_t first, std::span<float> image) const = 0;
};

/// The same, from what was heard once of whole recordings: a clip is put together of their frames.
class RecordedImages {
 public:
  virtual ~RecordedImages() = default;
  /// Hears recordings, before anything is drawn of them. @throws DataError for one that cannot be read
  virtual void hear(const std::vector<std::string>& recording_ids, const AudioReader& reader) = 0;
  /// @param places  [window_frames] the samples of the recording around which the frames lie; what lies
  ///                outside it is silence
  /// @param image   [rows, columns] as ClipImages has them
  virtual void draw(const std::string& recording_id, std::span<const int64_t> places,
                    std::span<float> image) const = 0;
};

/// How clips become images while an encoder learns.
struct ClipView {
  std::shared_ptr<const ClipImages> images;
  std::shared_ptr<RecordedImages> recorded{};  ///< where there is one, `images` draws nothing
  /// Where clips are augmented later (datasets/raw_clips.h), the types of transforms of samples that are
  /// known there; `images` then draws nothing either.
  std::optional<std::vector<std::string>> later{};
};

}  // namespace melomine::datasets

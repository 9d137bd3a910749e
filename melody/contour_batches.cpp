#include "melody/contour_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace melomine::melody {
namespace {

/// So many windows about a clip's centre are cut out before they are distorted: what speeds up or drops must
/// not run into the end.
constexpr double kCutWindows = 2;

/// Frames [first, first + frames) of a contour; those outside it are rests.
dsp::Contour cut(const dsp::Contour& contour, int64_t first, int64_t frames) {
  dsp::Contour part{contour.hop_s, std::vector<float>(static_cast<size_t>(frames), 0.0f),
                    std::vector<uint8_t>(static_cast<size_t>(frames), 0),
                    std::vector<uint8_t>(static_cast<size_t>(frames), 0)};
  const int64_t begin = std::clamp<int64_t>(first, 0, contour.frames());
  const int64_t end = std::clamp<int64_t>(first + frames, begin, contour.frames());
  std::copy(contour.pitch_midi.begin() + begin, contour.pitch_midi.begin() + end,
            part.pitch_midi.begin() + (begin - first));
  std::copy(contour.voiced.begin() + begin, contour.voiced.begin() + end,
            part.voiced.begin() + (begin - first));
  if (!contour.begins.empty())
    std::copy(contour.begins.begin() + begin, contour.begins.begin() + end,
              part.begins.begin() + (begin - first));
  return part;
}

/// Rests outside an interval of the recording.
void silence_outside(dsp::Contour& part, int64_t first, const TimeInterval& interval) {
  for (int64_t t = 0; t < part.frames(); ++t) {
    const double center_s = (static_cast<double>(first + t) + 0.5) * part.hop_s;
    if (interval.contains(center_s)) continue;
    part.pitch_midi[static_cast<size_t>(t)] = 0;
    part.voiced[static_cast<size_t>(t)] = 0;
  }
}

}  // namespace

ContourBatchMaker::ContourBatchMaker(std::vector<datasets::FragmentGroup> groups, RecordedContours contours,
                                     const ContourBatchConfig& config, const ContourWindow& window,
                                     datasets::SamplerSeed seed)
    : groups_(std::move(groups)),
      contours_(std::move(contours)),
      window_(window),
      seed_(seed),
      sampler_(config.sampler.sampler->make(groups_, window.length_s(), seed)),
      distortions_(config.distortions),
      song_of_group_(datasets::songs_of_groups(groups_)),
      recording_of_fragment_(datasets::recordings_of_fragments(groups_)) {
  if (config.sampler.voice.on())
    throw ConfigError("sampler.voice asks for the level of sound, which contours do not have: leave it off");
  for (const auto& group : groups_)
    for (const auto& fragment : group.fragments)
      if (!contours_.contains(fragment.recording_id))
        throw DataError("contours", fragment.recording_id, "has none");
}

int64_t ContourBatchMaker::song_count() const {
  return 1 + *std::max_element(song_of_group_.begin(), song_of_group_.end());
}

void ContourBatchMaker::draw(const datasets::ClipPlan& clip, int64_t step, size_t index,
                             datasets::Batch& batch) const {
  const datasets::Fragment& fragment = groups_[clip.group].fragments[clip.fragment];
  const dsp::Contour& contour = contours_.at(fragment.recording_id);
  const auto frames = static_cast<int64_t>(std::ceil(kCutWindows * static_cast<double>(window_.frames)));
  const double center = clip.center_s / window_.hop_s;
  const int64_t first = std::llround(center) - frames / 2;
  CentredContour centred{cut(contour, first, frames), center - static_cast<double>(first)};
  if (clip.whole_group) silence_outside(centred.contour, first, fragment.interval);
  const RandomStream stream(
      {seed_.seed, seed_.round, stream_id("contour clip"), static_cast<uint64_t>(step), index});
  distortions_.apply(centred, RandomStream(stream).bits());
  const auto values = static_cast<size_t>(2 * window_.frames);
  draw_window(
      std::move(centred), window_, 0,
      std::span(batch.features).subspan((index - static_cast<size_t>(batch.rows.first)) * values, values));
}

datasets::Batch ContourBatchMaker::make(int64_t step, datasets::BatchRows asked) const {
  const datasets::BatchPlan plan = sampler_->plan(step);
  datasets::Batch batch;
  batch.step = step;
  batch.size = static_cast<int64_t>(plan.clips.size());
  batch.bins = 2;
  batch.frames = window_.frames;
  batch.rows = asked.within(batch.size);
  batch.features.resize(static_cast<size_t>(batch.rows.size() * batch.bins * batch.frames));
  for (size_t i = 0; i < plan.clips.size(); ++i) {
    const datasets::ClipPlan& clip = plan.clips[i];
    const datasets::Fragment& fragment = groups_[clip.group].fragments[clip.fragment];
    batch.groups.push_back(static_cast<int64_t>(clip.group));
    batch.songs.push_back(song_of_group_[clip.group]);
    batch.recordings.push_back(recording_of_fragment_[clip.group][clip.fragment]);
    batch.domains.push_back(fragment.kind == datasets::RecordingKind::kHumming ? 1 : 0);
    if (batch.rows.holds(static_cast<int64_t>(i))) draw(clip, step, i, batch);
  }
  for (const int64_t a : batch.songs)
    for (const int64_t b : batch.songs) batch.same_melody.push_back(a == b ? 1 : 0);
  return batch;
}

datasets::Batch side_by_side(datasets::Batch first, const datasets::Batch& second, int64_t songs,
                             int64_t recordings) {
  if (first.bins != second.bins || first.frames != second.frames)
    throw ShapeError(fmt::format("[batches] {} x {} values a clip beside {} x {}", first.bins, first.frames,
                                 second.bins, second.frames));
  const int64_t groups =
      first.groups.empty() ? 0 : 1 + *std::max_element(first.groups.begin(), first.groups.end());
  const int64_t size = first.size + second.size;
  std::vector<uint8_t> same(static_cast<size_t>(size * size), 0);
  for (int64_t a = 0; a < size; ++a) {
    for (int64_t b = 0; b < size; ++b) {
      if (a < first.size && b < first.size)
        same[static_cast<size_t>(a * size + b)] = first.same_melody[static_cast<size_t>(a * first.size + b)];
      if (a >= first.size && b >= first.size)
        same[static_cast<size_t>(a * size + b)] =
            second.same_melody[static_cast<size_t>((a - first.size) * second.size + b - first.size)];
    }
  }
  first.same_melody = std::move(same);
  if (first.rows.size() == 0) first.rows.first = first.size + second.rows.first;
  first.rows.end = second.rows.size() == 0 ? first.rows.end : first.size + second.rows.end;
  first.size = size;
  first.features.insert(first.features.end(), second.features.begin(), second.features.end());
  for (const int64_t group : second.groups) first.groups.push_back(groups + group);
  for (const int64_t song : second.songs) first.songs.push_back(songs + song);
  for (const int64_t recording : second.recordings) first.recordings.push_back(recordings + recording);
  first.domains.insert(first.domains.end(), second.domains.begin(), second.domains.end());
  return first;
}

}  // namespace melomine::melody

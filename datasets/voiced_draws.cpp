#include "datasets/voiced_draws.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>

#include "core/error.h"
#include "core/random.h"
#include "dsp/voiced_frames.h"

namespace melomine::datasets {
namespace {

/// Where half of a group's places are rests, one window in 100,000 remains one.
constexpr int kDraws = 16;

}  // namespace

struct VoicedDraws::Recording {
  std::once_flag read;
  std::optional<dsp::VoicedFrames> frames;
};

VoicedDraws::VoicedDraws(const std::vector<FragmentGroup>& groups, AudioReader reader,
                         const Settings& settings)
    : groups_(groups), reader_(std::move(reader)), settings_(settings) {
  if (!settings.mask.on()) throw ConfigError("[sampler] voice.level_db or voice.min_rms must be > 0");
  for (const FragmentGroup& group : groups)
    for (const Fragment& fragment : group.fragments) {
      std::unique_ptr<Recording>& recording = recordings_[fragment.recording_id];
      if (!recording) recording = std::make_unique<Recording>();
    }
}
VoicedDraws::~VoicedDraws() = default;

bool VoicedDraws::holds_voice(const ClipPlan& clip) const {
  const std::string& id = groups_[clip.group].fragments[clip.fragment].recording_id;
  Recording& recording = *recordings_.at(id);
  std::call_once(recording.read, [&] {
    recording.frames.emplace(dsp::AudioBuffer{reader_.read_all(id), settings_.sample_rate_hz},
                             settings_.mask);
  });
  return recording.frames->hold_voice(clip.center_s - 0.5 * settings_.window_s, settings_.window_s);
}

BatchPlan VoicedDraws::redrawn(BatchPlan plan) const {
  const double window_s = settings_.window_s;
  for (size_t first = 0, end = 0; first < plan.clips.size(); first = end) {
    while (end < plan.clips.size() && plan.clips[end].group == plan.clips[first].group) ++end;
    if (plan.clips[first].whole_group) continue;
    const std::span<ClipPlan> clips(plan.clips.data() + first, end - first);
    const FragmentGroup& group = groups_[clips[0].group];
    const auto are_voiced = [&] {
      return std::all_of(clips.begin(), clips.end(), [&](const ClipPlan& clip) { return holds_voice(clip); });
    };
    RandomStream random({settings_.seed.seed, settings_.seed.round, stream_id("voiced_draws"),
                         static_cast<uint64_t>(plan.step), first});
    for (int draw = 0; draw < kDraws && !are_voiced(); ++draw) {
      const double center_s = 0.5 * window_s + random.uniform() * (group.duration_s - window_s);
      for (ClipPlan& clip : clips) {
        clip.group_center_s = center_s;
        clip.center_s = group.fragments[clip.fragment].to_recording_s(center_s);
      }
    }
  }
  return plan;
}

}  // namespace melomine::datasets

#include "datasets/batch_maker.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>
#include <set>

#include "core/error.h"
#include "datasets/feature_images.h"

namespace melomine::datasets {

void bind(configs::Binder& b, BatchConfig& c) {
  bind(b, static_cast<FrontEnd&>(c));
  b.nested("sampler", c.sampler, "how groups become batches");
  bind_transforms(b, "augment", c.augment);
}

AudioReader read_from(const AudioStore& store) {
  const auto index_of = [&store](const std::string& recording_id) {
    const int64_t index = store.find(recording_id);
    if (index < 0) throw DataError("audio store", recording_id, "no such recording");
    return static_cast<size_t>(index);
  };
  return {
      .read = [&store, index_of](const std::string& recording_id, int64_t start,
                                 std::span<int16_t> out) { store.read(index_of(recording_id), start, out); },
      .length_samples =
          [&store, index_of](const std::string& recording_id) {
            return store.at(index_of(recording_id)).length_samples;
          }};
}

/// One clip between its two passes.
struct BatchMaker::Clip {
  ClipDraw drawn;
  int64_t start = 0, count = 0;  ///< samples of the recording that its source is
  std::vector<float> samples;    ///< the voice; none where nobody hears it or the view is of recordings
  std::vector<size_t> heard;     ///< of the batch's clips, the one that each effect is given; itself: none
  Stretch stretch;
};

namespace {

BatchSettings settings_of(const BatchConfig& config) {
  return {.window = config.window, .sampler = config.sampler, .augment = config.augment};
}

ClipView feature_view(const BatchConfig& config) {
  return {.images = std::make_shared<const FeatureImages>(config)};
}

AudioReader read_at(const AudioStore& store, int64_t sample_rate_hz) {
  if (store.sample_rate_hz() != sample_rate_hz)
    throw ConfigError(fmt::format(
        "[front_end] takes audio of {} Hz but the audio shards hold {} Hz: set features.sample_rate_hz or "
        "ingest again with --sample-rate",
        sample_rate_hz, store.sample_rate_hz()));
  return read_from(store);
}

/// @throws ConfigError for a transform that asks for the samples of a clip
void refuse_transforms_of_samples(const std::vector<ClipTransformConfig>& transforms) {
  for (const ClipTransformConfig& config : transforms)
    if (config.probability > 0 && config.transform->changes_samples())
      throw ConfigError(fmt::format(
          "augment: {} changes the sound of clips, which are put together here from recordings heard whole; "
          "leave it out, or let the front end hear: clips",
          config.transform.type()));
}

/// @throws ConfigError for a transform of samples that is none of these
void refuse_unknown_later(const std::vector<ClipTransformConfig>& transforms,
                          const std::vector<std::string>& known) {
  for (const ClipTransformConfig& config : transforms) {
    const std::string& type = config.transform.type();
    if (config.probability > 0 && config.transform->changes_samples() &&
        std::ranges::find(known, type) == known.end())
      throw ConfigError(fmt::format(
          "augment: {} is not known on the device, where front_end.augment_on_device has clips augmented; "
          "leave it out, or set augment_on_device: false",
          type));
  }
}

}  // namespace

BatchMaker::BatchMaker(std::vector<FragmentGroup> groups, AudioReader reader, ClipView view,
                       const BatchSettings& settings, SamplerSeed seed)
    : groups_(std::move(groups)),
      reader_(std::move(reader)),
      view_(std::move(view)),
      settings_(settings),
      seed_(seed),
      sampler_(settings.sampler.sampler->make(groups_, settings.window.length_s, seed)),
      song_of_group_(songs_of_groups(groups_)),
      recording_of_fragment_(recordings_of_fragments(groups_)),
      stretches_(groups_),
      pipeline_(settings.augment) {
  frames_ = view_.images->window_frames();
  const int64_t hop = view_.images->hop_samples(), rate = view_.images->sample_rate_hz();
  context_frames_ = context_frames(settings.window, {rate, hop});
  clip_samples_ = (frames_ + 2 * context_frames_) * hop;
  if (settings.sampler.voice.on())
    voiced_draws_ =
        std::make_unique<const VoicedDraws>(groups_, reader_,
                                            VoicedDraws::Settings{.mask = settings.sampler.voice,
                                                                  .window_s = settings.window.length_s,
                                                                  .sample_rate_hz = static_cast<int>(rate),
                                                                  .seed = seed});
  if (view_.recorded) {
    refuse_transforms_of_samples(settings.augment);
    view_.recorded->hear(recording_ids(groups_), reader_);
  }
  if (view_.later) refuse_unknown_later(settings.augment, *view_.later);
}

BatchMaker::BatchMaker(std::vector<FragmentGroup> groups, const AudioStore& store, const ClipView& view,
                       const BatchSettings& settings, SamplerSeed seed)
    : BatchMaker(std::move(groups), read_at(store, view.images->sample_rate_hz()), view, settings, seed) {}

BatchMaker::BatchMaker(std::vector<FragmentGroup> groups, AudioReader reader, const BatchConfig& config,
                       SamplerSeed seed)
    : BatchMaker(std::move(groups), std::move(reader), feature_view(config), settings_of(config), seed) {}

BatchMaker::BatchMaker(std::vector<FragmentGroup> groups, const AudioStore& store, const BatchConfig& config,
                       SamplerSeed seed)
    : BatchMaker(std::move(groups), store, feature_view(config), settings_of(config), seed) {}

RandomStream BatchMaker::stream(uint64_t what, int64_t step, size_t index) const {
  return RandomStream({seed_.seed, seed_.round, what, static_cast<uint64_t>(step), index});
}

bool BatchMaker::knows_places() const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [](const FragmentGroup& group) { return !group.original_id.empty(); });
}

ClipContext BatchMaker::context(const BatchPlan& plan, size_t index, RandomStream& random) const {
  const ClipPlan& clip = plan.clips[index];
  return {.sample_rate_hz = static_cast<int>(view_.images->sample_rate_hz()),
          .margin_samples = context_frames_ * view_.images->hop_samples(),
          .kind = groups_[clip.group].fragments[clip.fragment].kind,
          .other = {},
          .random = random};
}

/// What of its song's original a clip holds that was made of so many samples.
Stretch BatchMaker::heard(const ClipPlan& clip, int64_t source_samples) const {
  const FragmentGroup& group = groups_[clip.group];
  const Fragment& fragment = group.fragments[clip.fragment];
  const double half_s = 0.5 * settings_.window.length_s * static_cast<double>(source_samples) /
                        static_cast<double>(clip_samples_);
  // Around a pause that the map skips its two ends may come out in the other order.
  auto [start_s, end_s] =
      std::minmax({fragment.to_group_s(clip.center_s - half_s), fragment.to_group_s(clip.center_s + half_s)});
  if (clip.whole_group) {
    start_s = std::clamp(start_s, 0.0, group.duration_s);
    end_s = std::clamp(end_s, 0.0, group.duration_s);
  }
  return stretches_.of(group, {start_s, end_s});
}

/// All that is known of a clip without its sound.
void BatchMaker::draw(const BatchPlan& plan, size_t index, Clip& clip) const {
  const ClipPlan& where = plan.clips[index];
  const int64_t rate = view_.images->sample_rate_hz(), hop = view_.images->hop_samples();
  clip.drawn = pipeline_.draw(stream(stream_id("augment"), plan.step, index).bits());

  clip.count = source_samples(clip.drawn.shape, clip_samples_);
  clip.stretch = heard(where, clip.count);
  // The window's centre is the middle of its frames' centres; stretching keeps its place in proportion.
  const double center_in_clip = static_cast<double>(hop) * (static_cast<double>(context_frames_) +
                                                            0.5 * static_cast<double>(frames_ - 1));
  const double center_in_source =
      center_in_clip * static_cast<double>(clip.count) / static_cast<double>(clip_samples_);
  clip.start = std::llround(where.center_s * static_cast<double>(rate) - center_in_source);
}

/// What of its recording a clip is made of. @param source  [clip.count]
void BatchMaker::read_source(const ClipPlan& where, const Clip& clip, std::span<int16_t> source) const {
  const Fragment& fragment = groups_[where.group].fragments[where.fragment];
  const int64_t rate = view_.images->sample_rate_hz();
  reader_.read(fragment.recording_id, clip.start, source);
  if (where.whole_group) {
    const auto clamp = [&](double t_s) {
      return std::clamp<int64_t>(std::llround(t_s * static_cast<double>(rate)) - clip.start, 0, clip.count);
    };
    std::fill(source.begin(), source.begin() + clamp(fragment.interval.start_s), int16_t{0});
    std::fill(source.begin() + clamp(fragment.interval.end_s), source.end(), int16_t{0});
  }
}

void BatchMaker::read(const BatchPlan& plan, size_t index, Clip& clip) const {
  if (view_.recorded) return;
  const auto rate = static_cast<int>(view_.images->sample_rate_hz());
  std::vector<int16_t> source(static_cast<size_t>(clip.count));
  read_source(plan.clips[index], clip, source);
  clip.samples = reshape_clip(to_float(source), clip.drawn.shape, clip_samples_, rate);
  for (const ClipDraw::Applied& applied : clip.drawn.effects) {
    RandomStream random = stream(applied.stream, plan.step, index);
    applied.effect->sing(clip.samples, context(plan, index, random));
  }
}

/// Clips of other songs: a group of the same song may hold the very same hum. Where the batch is of one song,
/// those of its other groups.
std::vector<size_t> BatchMaker::others_of(const BatchPlan& plan, size_t index) const {
  const size_t own = plan.clips[index].group;
  std::vector<size_t> of_songs, of_groups;
  for (size_t i = 0; i < plan.clips.size(); ++i) {
    const size_t group = plan.clips[i].group;
    if (song_of_group_[group] != song_of_group_[own]) of_songs.push_back(i);
    if (group != own) of_groups.push_back(i);
  }
  return of_songs.empty() ? of_groups : of_songs;
}

/// The clips that are read for the images of some rows: those and the ones that they hear.
std::vector<size_t> BatchMaker::choose_heard(const BatchPlan& plan, BatchRows rows,
                                             std::vector<Clip>& clips) const {
  std::set<size_t> read;
  for (auto i = static_cast<size_t>(rows.first); i < static_cast<size_t>(rows.end); ++i) {
    read.insert(i);
    if (clips[i].drawn.effects.empty()) continue;
    const std::vector<size_t> others = others_of(plan, i);
    for (const ClipDraw::Applied& applied : clips[i].drawn.effects) {
      const std::optional<size_t> other = applied.effect->hears(others.size());
      clips[i].heard.push_back(other ? others[*other] : i);
      read.insert(clips[i].heard.back());
    }
  }
  return {read.begin(), read.end()};
}

/// A clip's frames by where they lie in its recording: what stretching and cutting do to samples is done to
/// their places.
void BatchMaker::draw_recorded(const ClipPlan& where, const Clip& clip, std::span<float> image) const {
  const Fragment& fragment = groups_[where.group].fragments[where.fragment];
  const auto rate = static_cast<double>(view_.images->sample_rate_hz());
  std::vector<int64_t> places;
  for (int64_t t = 0; t < frames_; ++t) {
    const int64_t in_clip = (context_frames_ + t) * view_.images->hop_samples();
    const int64_t place = clip.start + std::llround(source_place(clip.drawn.shape, clip_samples_, in_clip));
    const bool is_outside =
        where.whole_group && !(fragment.interval.start_s * rate <= static_cast<double>(place) &&
                               static_cast<double>(place) < fragment.interval.end_s * rate);
    places.push_back(is_outside ? kNoPlace : place);
  }
  view_.recorded->draw(fragment.recording_id, places, image);
}

void BatchMaker::finish(const BatchPlan& plan, size_t index, const std::vector<Clip>& clips,
                        std::span<float> image) const {
  if (view_.recorded) return draw_recorded(plan.clips[index], clips[index], image);
  std::vector<float> samples = clips[index].samples;
  const Clip& clip = clips[index];
  for (size_t e = 0; e < clip.drawn.effects.size(); ++e) {
    const ClipDraw::Applied& applied = clip.drawn.effects[e];
    RandomStream random = stream(applied.stream, plan.step, index);
    ClipContext heard = context(plan, index, random);
    if (clip.heard[e] != index) heard.other = clips[clip.heard[e]].samples;
    applied.effect->add(samples, heard);
  }
  view_.images->draw(samples, context_frames_, image);
}

/// What was drawn for these clips, of which the batch's rows come first.
RawClips BatchMaker::raw_clips(const BatchPlan& plan, const std::vector<Clip>& clips,
                               const std::vector<size_t>& chosen) const {
  RawClips raw;
  std::vector<int64_t> place(clips.size(), -1);
  for (size_t i = 0; i < chosen.size(); ++i) place[chosen[i]] = static_cast<int64_t>(i);
  const std::vector<std::string> types = pipeline_.types();
  std::vector<DrawnEffects> effects(types.size());
  for (size_t entry = 0; entry < types.size(); ++entry) effects[entry].type = types[entry];
  for (const size_t index : chosen) {
    const Clip& clip = clips[index];
    const ClipPlan& where = plan.clips[index];
    raw.shapes.push_back(clip.drawn.shape);
    raw.kinds.push_back(groups_[where.group].fragments[where.fragment].kind);
    for (size_t e = 0; e < clip.drawn.effects.size(); ++e) {
      const ClipDraw::Applied& applied = clip.drawn.effects[e];
      DrawnEffects& all = effects[applied.entry];
      const bool hears = e < clip.heard.size() && clip.heard[e] != index;
      all.clips.push_back(place[index]);
      all.numbers.push_back(applied.effect->numbers());
      all.keys.push_back(stream(applied.stream, plan.step, index).bits());
      all.heard.push_back(hears ? place[clip.heard[e]] : -1);
    }
  }
  for (size_t entry = 0; entry < types.size(); ++entry)
    if (!effects[entry].clips.empty() && settings_.augment[entry].transform->changes_samples())
      raw.effects.push_back(std::move(effects[entry]));
  return raw;
}

/// The batch's rows as they are in their recordings, and with them the clips that they hear.
void BatchMaker::read_raw(const BatchPlan& plan, const std::vector<Clip>& clips,
                          const std::vector<size_t>& needed, Batch& batch) const {
  std::vector<size_t> chosen(static_cast<size_t>(batch.rows.size()));
  std::iota(chosen.begin(), chosen.end(), static_cast<size_t>(batch.rows.first));
  std::ranges::copy_if(needed, std::back_inserter(chosen),
                       [&](size_t i) { return !batch.rows.holds(static_cast<int64_t>(i)); });
  batch.raw = raw_clips(plan, clips, chosen);
  batch.raw->own = batch.rows.size();
  int64_t longest = 0;
  for (const size_t index : chosen) longest = std::max(longest, clips[index].count);
  const auto length = static_cast<size_t>(longest);
  const auto sources = raw_memory_.take(chosen.size() * length);
  tbb::parallel_for(size_t{0}, chosen.size(), [&](size_t i) {
    const Clip& clip = clips[chosen[i]];
    const auto row = std::span(*sources).subspan(i * length, length);
    read_source(plan.clips[chosen[i]], clip, row.first(static_cast<size_t>(clip.count)));
    std::ranges::fill(row.subspan(static_cast<size_t>(clip.count)), int16_t{0});
  });
  batch.raw->sources = sources;
  batch.raw->length = longest;
}

BatchPlan BatchMaker::plan(int64_t step) const {
  BatchPlan plan = sampler_->plan(step);
  return voiced_draws_ ? voiced_draws_->redrawn(std::move(plan)) : plan;
}

Batch BatchMaker::make(int64_t step, BatchRows asked) const {
  const BatchPlan plan = this->plan(step);
  Batch batch;
  batch.step = step;
  batch.size = static_cast<int64_t>(plan.clips.size());
  batch.bins = bins();
  batch.frames = frames();
  batch.rows = asked.within(batch.size);
  for (const ClipPlan& clip : plan.clips) {
    const Fragment& fragment = groups_[clip.group].fragments[clip.fragment];
    batch.groups.push_back(static_cast<int64_t>(clip.group));
    batch.songs.push_back(song_of_group_[clip.group]);
    batch.recordings.push_back(recording_of_fragment_[clip.group][clip.fragment]);
    batch.domains.push_back(fragment.kind == RecordingKind::kHumming ? 1 : 0);
  }
  std::vector<Clip> clips(plan.clips.size());
  const auto first = static_cast<size_t>(batch.rows.first), end = static_cast<size_t>(batch.rows.end);
  // Isolated: a thread that waits here must not begin another batch on top of this one.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(size_t{0}, clips.size(), [&](size_t i) { draw(plan, i, clips[i]); });
    const std::vector<size_t> needed = choose_heard(plan, batch.rows, clips);
    if (view_.later) return read_raw(plan, clips, needed, batch);
    tbb::parallel_for(size_t{0}, needed.size(), [&](size_t i) { read(plan, needed[i], clips[needed[i]]); });
    const auto values = static_cast<size_t>(batch.bins * batch.frames);
    batch.features.resize((end - first) * values);
    tbb::parallel_for(first, end, [&](size_t i) {
      finish(plan, i, clips, std::span<float>(batch.features).subspan((i - first) * values, values));
    });
  });
  batch.same_melody.resize(clips.size() * clips.size());
  for (size_t a = 0; a < clips.size(); ++a)
    for (size_t b = 0; b < clips.size(); ++b)
      batch.same_melody[a * clips.size() + b] =
          batch.songs[a] == batch.songs[b] && !are_apart(clips[a].stretch, clips[b].stretch);
  return batch;
}

}  // namespace melomine::datasets

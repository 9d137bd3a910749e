#include "melody/melody_batches.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "configs/check.h"
#include "core/error.h"
#include "core/logging.h"

namespace melomine::melody {
namespace {

constexpr int kContourRows = 2;
constexpr uint64_t kPerformances = 8;
/// Notes are performed this far about the centre, in windows at the fastest tempo: rubato and what
/// distortions take out or speed up must not run into the end.
constexpr double kReachWindows = 0.9;

/// The notes with the first one's onset at `onset_s`.
std::vector<dsp::Note> beginning_at(std::span<const dsp::Note> notes, double onset_s) {
  std::vector<dsp::Note> moved(notes.begin(), notes.end());
  for (dsp::Note& note : moved) {
    note.start_s += onset_s - notes.front().start_s;
    note.end_s += onset_s - notes.front().start_s;
  }
  return moved;
}

}  // namespace

void bind(configs::Binder& b, MelodyBatchConfig& c) {
  b.nested_list("sources", c.sources, "where melodies come from");
  b.integer("windows", c.windows, configs::between(2, 65536), "windows of a batch, each of another melody");
  b.integer("views", c.views, configs::between(2, 64), "of a window: so often it is performed");
  b.boolean("exact", c.exact, "the first view is the score as it stands");
  b.enumeration("weight", c.weight, {{"song", MelodyWeight::kSong}, {"length", MelodyWeight::kLength}},
                "melodies are drawn all alike (song), or by the places that windows have in them (length)");
  b.number("start_jitter_s", c.start_jitter_s, configs::at_least(0),
           "a performed window lies off its place by up to this, either way");
  b.nested("performance", c.performance, "how melodies are sung");
  b.nested_list("distortions", c.distortions, "what happens to performed contours, one after the other");
}

MelodyBatchMaker::MelodyBatchMaker(std::vector<Melody> melodies, const MelodyBatchConfig& config,
                                   const ContourWindow& window, datasets::SamplerSeed seed)
    : melodies_(std::move(melodies)),
      config_(config),
      window_(window),
      seed_(seed),
      performer_(config.performance),
      distortions_(config.distortions) {
  configs::check(config, "[melodies]");
  if (!(window.hop_s > 0) || window.frames < 1)
    throw ConfigError(fmt::format("[melodies] a window must have frames of more than 0 s, got {} of {} s",
                                  window.frames, window.hop_s));
  find_starts();
  if (usable() < config.windows)
    throw ConfigError(
        fmt::format("[melodies] windows = {}: each is of another melody, and only {} of {} are as "
                    "long as a window of {:.2f} s",
                    config.windows, usable(), song_count(), window.length_s()));
  if (usable() < song_count())
    log_info("melodies: {} of {} are shorter than a window of {:.2f} s and left out", song_count() - usable(),
             song_count(), window.length_s());
}

void MelodyBatchMaker::find_starts() {
  starts_.resize(melodies_.size());
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(size_t{0}, melodies_.size(),
                      [&](size_t m) { starts_[m] = WindowStarts(melodies_[m].notes, window_); });
  });
  size_t longest = 0;
  for (size_t m = 0; m < starts_.size(); ++m) {
    if (starts_[m].count() > 0) usable_.push_back(m);
    if (starts_[m].length_s() > starts_[longest].length_s()) longest = m;
  }
  if (!usable_.empty()) return;
  if (melodies_.empty()) throw ConfigError("[melodies] there is no melody");
  throw ConfigError(fmt::format(
      "[melodies] a window of {:.2f} s ({} frames of {} s), half of it sung, fits into no melody; the "
      "longest, "
      "{}, has {:.2f} s{}: shorten the window",
      window_.length_s(), window_.frames, window_.hop_s, melodies_[longest].id, starts_[longest].length_s(),
      window_.view.rests == dsp::Rests::kRemove ? " without its rests" : ""));
}

int64_t MelodyBatchMaker::steps_per_epoch() const {
  double windows = static_cast<double>(usable());
  if (config_.weight == MelodyWeight::kLength) {
    windows = 0;
    for (const size_t m : usable_) windows += starts_[m].length_s() / window_.length_s();
  }
  return static_cast<int64_t>(std::ceil(windows / static_cast<double>(config_.windows)));
}

std::vector<size_t> MelodyBatchMaker::draw_melodies(int64_t step) const {
  const auto windows = static_cast<size_t>(config_.windows);
  std::vector<size_t> drawn = usable_;
  if (config_.weight == MelodyWeight::kSong) {
    const int64_t epoch = step / steps_per_epoch();
    RandomStream({seed_.seed, seed_.round, stream_id("melody_order"), static_cast<uint64_t>(epoch)})
        .shuffle(drawn);
    // Behind the last melody the first come again; none does twice in a batch.
    const auto at = static_cast<size_t>(step % steps_per_epoch()) * windows;
    std::rotate(drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(at), drawn.end());
  } else {
    // Without replacement, by weight: the largest of u^(1/w) (Efraimidis and Spirakis 2006).
    RandomStream random({seed_.seed, seed_.round, stream_id("melody_draw"), static_cast<uint64_t>(step)});
    std::vector<double> keys(melodies_.size());
    for (const size_t m : usable_)
      keys[m] = std::log(1 - random.uniform()) / static_cast<double>(starts_[m].count());
    std::partial_sort(drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(windows), drawn.end(),
                      [&](size_t a, size_t b) { return std::pair(-keys[a], a) < std::pair(-keys[b], b); });
  }
  drawn.resize(windows);
  return drawn;
}

std::vector<MelodyAnchor> MelodyBatchMaker::plan(int64_t step) const {
  std::vector<MelodyAnchor> anchors;
  for (const size_t melody : draw_melodies(step)) {
    RandomStream random(
        {seed_.seed, seed_.round, stream_id("melody_start"), static_cast<uint64_t>(step), melody});
    anchors.push_back({melody, starts_[melody].at(random.integer(starts_[melody].count()))});
  }
  return anchors;
}

bool MelodyBatchMaker::draw_performance(std::span<const dsp::Note> notes, double center_s,
                                        const RandomStream& stream, std::span<float> image) const {
  RandomStream random = stream;
  // Nobody sings on the frames' grid.
  const double onset_s = random.uniform(0, window_.hop_s);
  Performance performance = performer_.perform(beginning_at(notes, onset_s), window_.hop_s, random);
  CentredContour centred{std::move(performance.contour), 0};
  centred.centre = performance.sung_s(center_s - notes.front().start_s + onset_s) / window_.hop_s;
  distortions_.apply(centred, random.bits());
  return draw_window(std::move(centred), window_,
                     random.uniform(-config_.start_jitter_s, config_.start_jitter_s), image);
}

void MelodyBatchMaker::draw_views(const MelodyAnchor& anchor, int64_t index, datasets::Batch& batch) const {
  const std::vector<dsp::Note>& notes = melodies_[anchor.melody].notes;
  const dsp::Rests rests = window_.view.rests;
  const dsp::Contour score = dsp::contour_of(notes, window_.hop_s);
  const double center = static_cast<double>(anchor.first) + 0.5 * static_cast<double>(window_.frames);
  const double center_s = before_rests(score, rests, center) * window_.hop_s;
  const double reach_s = kReachWindows * window_.length_s() * std::max(1.0, config_.performance.max_tempo) +
                         config_.start_jitter_s + window_.hop_s;
  const std::span<const dsp::Note> about = notes_about(notes, center_s, reach_s, rests);
  const auto values = static_cast<size_t>(kContourRows * window_.frames);
  for (int64_t view = 0; view < config_.views; ++view) {
    const int64_t clip = index * config_.views + view;
    if (!batch.rows.holds(clip)) continue;
    const std::span<float> image(
        batch.features.data() + static_cast<size_t>(clip - batch.rows.first) * values, values);
    bool performed = false;
    if (view > 0 || !config_.exact) {
      const RandomStream stream({seed_.seed, seed_.round, stream_id("melody_view"),
                                 static_cast<uint64_t>(batch.step), anchor.melody,
                                 static_cast<uint64_t>(view)});
      for (uint64_t time = 0; time < kPerformances && !performed; ++time)
        performed = draw_performance(about, center_s, stream.child(time), image);
    }
    if (!performed)
      dsp::draw_contour(dsp::with_rests(score, rests), anchor.first, window_.frames, window_.view, image);
    batch.domains[static_cast<size_t>(clip)] = performed ? 1 : 0;
  }
}

datasets::Batch MelodyBatchMaker::make(int64_t step, datasets::BatchRows asked) const {
  const std::vector<MelodyAnchor> anchors = plan(step);
  datasets::Batch batch;
  batch.step = step;
  batch.size = batch_size();
  batch.bins = kContourRows;
  batch.frames = window_.frames;
  batch.rows = asked.within(batch.size);
  batch.features.resize(static_cast<size_t>(batch.rows.size() * batch.bins * batch.frames));
  batch.domains.resize(static_cast<size_t>(batch.size));
  for (int64_t clip = 0; clip < batch.size; ++clip) {
    batch.groups.push_back(clip / config_.views);
    batch.songs.push_back(static_cast<int64_t>(anchors[static_cast<size_t>(clip / config_.views)].melody));
    batch.recordings.push_back(batch.songs.back() * config_.views + clip % config_.views);
  }
  // Isolated: a thread that waits here must not begin another batch on top of this one.
  tbb::this_task_arena::isolate([&] {
    const auto first = static_cast<size_t>(batch.rows.first / config_.views),
               end = static_cast<size_t>((batch.rows.end + config_.views - 1) / config_.views);
    tbb::parallel_for(first, end, [&](size_t a) { draw_views(anchors[a], static_cast<int64_t>(a), batch); });
  });
  const auto size = static_cast<size_t>(batch.size);
  batch.same_melody.resize(size * size);
  for (size_t a = 0; a < size; ++a)
    for (size_t b = 0; b < size; ++b) batch.same_melody[a * size + b] = batch.songs[a] == batch.songs[b];
  return batch;
}

}  // namespace melomine::melody

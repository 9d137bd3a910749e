#include "library/identifier.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/cancellation.h"
#include "core/error.h"
#include "library/agreeing_steps.h"
#include "library/song_clock.h"
#include "library/stream_window.h"

namespace melomine::library {
namespace {

constexpr int kRate_hz = 16000;
/// Of the recording before and behind a block's windows, so that its ends are heard as they are.
constexpr double kMargin_s = 1;
/// Other songs of a window by which it is told what stands out: the better half of the library's, so many at
/// most and at least.
constexpr int64_t kMostCompared = 20, kLeastCompared = 8;

int64_t samples_of(double seconds) {
  return std::llround(seconds * kRate_hz);
}

/// What the other songs of a window reach.
struct Others {
  double median = 0, least = 0, mean_of_ten = 0;
};

/// @param compared  how many others there are to be, of which as many as were found are
Others others_of(std::span<const FoundSong> found, size_t song, int64_t compared) {
  std::vector<double> scores;
  for (size_t i = 0; i < found.size(); ++i)
    if (i != song) scores.push_back(found[i].score);
  const size_t count = std::min(scores.size(), static_cast<size_t>(compared));
  Others others{.median = scores[count / 2], .least = scores[count - 1]};
  const size_t ten = std::min<size_t>(scores.size(), kSongsOfEvidence - 1);
  for (size_t i = 0; i < ten; ++i) others.mean_of_ten += scores[i] / static_cast<double>(ten);
  return others;
}

/// Where what sounds in a window is cut by its ends.
struct GoesOn {
  bool before = false, behind = false;
};

/// Tells of places what of them and of the query belongs together.
class HitTeller {
 public:
  HitTeller(const Library& library, const SearchConfig& config, const Query& query, GoesOn goes_on)
      : library_(library),
        config_(config),
        query_(query),
        goes_on_(goes_on),
        query_clock_(query.contour.pitch_midi, query.contour.hop_s, library.manifest().model.sung_time) {}

  /// Times of the query count from the start of its block.
  void tell(const FoundPlace& place, const SongClock& song_clock, double length_s, StreamHit& hit) const {
    const ModelRecord& model = library_.manifest().model;
    const auto& variant = query_.variants[static_cast<size_t>(place.variant)];
    StepRange range{0, variant.steps};
    if (config_.similarity.correlation != retrieval::Correlation::kDtw)  // which has no lag throughout
      range = agreeing_steps(variant, library_.sequence(hit.song), place.lag_steps,
                             std::max<int64_t>(1, config_.similarity.drift_steps));
    if (range.last == range.first) range = {0, variant.steps};
    // A step says most of its window's middle. Where the query ends because nothing sounds there, the last
    // one reaches to that end; where the stream goes on, the next window tells.
    const bool from_start = range.first == 0 && !goes_on_.before,
               to_end = range.last == variant.steps && !goes_on_.behind;
    const double first_s =
        static_cast<double>(range.first) * model.hop_s + (from_start ? 0 : model.window_s / 2);
    const double last_s =
        static_cast<double>(range.last - 1) * model.hop_s + model.window_s / (to_end ? 1 : 2);
    const double lag_s = static_cast<double>(place.lag_steps) * model.hop_s;
    const double end_s = query_.start_s + query_.duration_s;
    const auto query_time = [&](double heard_s) {
      return std::clamp(query_.start_s + query_clock_.time_of(heard_s * place.tempo_ratio), query_.start_s,
                        end_s);
    };
    const auto ref_time = [&](double heard_s) {
      return std::clamp(song_clock.time_of(lag_s + heard_s), 0.0, length_s);
    };
    hit.query_start_s = query_time(first_s);
    hit.query_end_s = to_end ? end_s : query_time(last_s);
    hit.ref_start_s = ref_time(first_s);
    hit.ref_end_s = ref_time(last_s);
    hit.tempo_ratio = place.tempo_ratio;
    hit.transposition_semitones = place.transposition_semitones;
    hit.score = place.score;
  }

 private:
  const Library& library_;
  const SearchConfig& config_;
  const Query& query_;
  GoesOn goes_on_;
  SongClock query_clock_;
};

}  // namespace

/// What was found in a window.
struct Identifier::Found {
  bool is_searched = false;
  SearchedWindow window;
  std::vector<StreamHit> hits;
};

Identifier::Identifier(const Library& library, const IdentifyConfig& config, HearBlock hear,
                       StreamProgress progress)
    : library_(library), config_(config), hear_(std::move(hear)), progress_(std::move(progress)) {
  if (library.songs() < kLeastSongs)
    throw DataError(library.folder().string(), "",
                    fmt::format("has {} songs, of which none can stand out; add others to make {}. They need "
                                "not be in the recording",
                                library.songs(), kLeastSongs));
  if (config.step_s > config.window_s || config.window_s > config.block_s)
    throw ConfigError(
        fmt::format("[identify] step_s = {}, window_s = {}, block_s = {}: none may be longer "
                    "than the next",
                    config.step_s, config.window_s, config.block_s));
  restart();
}

void Identifier::restart() {
  samples_.clear();
  blocks_.clear();
  starts_s_.clear();
  first_windows_ = {0};
  hits_.clear();
  searched_.clear();
  first_sample_ = pushed_ = next_window_ = 0;
}

int64_t Identifier::windows_of(double duration_s) const {
  return 1 + static_cast<int64_t>(std::ceil(std::max(0.0, duration_s - config_.window_s) / config_.step_s));
}

void Identifier::push(std::span<const int16_t> samples) {
  for (const int16_t sample : samples) samples_.push_back(static_cast<float>(sample) / 32768);
  pushed_ += static_cast<int64_t>(samples.size());
  take_blocks(false);
}

void Identifier::take_blocks(bool is_end) {
  const auto windows_of_block = std::max<int64_t>(1, static_cast<int64_t>(config_.block_s / config_.step_s));
  const int64_t all = windows_of(static_cast<double>(pushed_) / kRate_hz);
  for (;;) {
    int64_t last = next_window_ + windows_of_block;
    const auto start_of = [&](int64_t window) { return static_cast<double>(window) * config_.step_s; };
    const int64_t end = samples_of(start_of(last - 1) + config_.window_s + kMargin_s);
    if (end > pushed_) {
      if (!is_end || next_window_ >= all) return;
      last = std::min(last, all);
    }
    const int64_t start = std::max<int64_t>(0, samples_of(start_of(next_window_) - kMargin_s));
    const auto begin = samples_.begin() + (start - first_sample_);
    const auto past = samples_.begin() + (std::min(end, pushed_) - first_sample_);
    blocks_.push_back({.samples = {begin, past}, .sample_rate_hz = kRate_hz});
    starts_s_.push_back(static_cast<double>(start) / kRate_hz);
    first_windows_.push_back(last);
    next_window_ = last;
    const int64_t keep = std::clamp(samples_of(start_of(last) - kMargin_s), first_sample_, pushed_);
    samples_.erase(samples_.begin(), samples_.begin() + (keep - first_sample_));
    first_sample_ = keep;
    if (static_cast<int>(blocks_.size()) >= tbb::this_task_arena::max_concurrency()) search_blocks();
  }
}

void Identifier::search_blocks() {
  const int64_t first = first_windows_.front();
  std::vector<Found> found(static_cast<size_t>(first_windows_.back() - first));
  tbb::parallel_for(size_t{0}, blocks_.size(), [&](size_t b) {
    throw_if_cancelled();
    const Block block = hear_(blocks_[b]);
    tbb::parallel_for(first_windows_[b], first_windows_[b + 1], [&](int64_t window) {
      throw_if_cancelled();
      found[static_cast<size_t>(window - first)] = search_window(block, starts_s_[b], window);
    });
  });
  for (Found& one : found) {
    if (!one.is_searched) continue;
    for (StreamHit& hit : one.hits) {
      hit.window = static_cast<int64_t>(searched_.size());
      hits_.push_back(hit);
    }
    searched_.push_back(one.window);
  }
  blocks_.clear();
  starts_s_.clear();
  first_windows_ = {next_window_};
  if (progress_)
    progress_(std::min(static_cast<double>(next_window_) * config_.step_s,
                       static_cast<double>(pushed_) / kRate_hz));
}

Identifier::Found Identifier::search_window(const Block& block, double block_start_s, int64_t window) const {
  Found told;
  const double start_s = static_cast<double>(window) * config_.step_s - block_start_s;
  const Manifest& manifest = library_.manifest();
  const auto query =
      cut_window(block, {start_s, start_s + config_.window_s}, manifest.model, config_.least_sounding_s);
  if (!query) return told;
  told.is_searched = true;
  told.window = {.start_s = block_start_s + start_s, .end_s = block_start_s + start_s + config_.window_s};
  const int64_t compared = std::clamp((library_.songs() - 1) / 2, kLeastCompared, kMostCompared);
  const std::vector<FoundSong> found =
      search(library_, *query, config_.search, std::max(kMostCompared + 1, config_.songs));
  if (static_cast<int64_t>(found.size()) < kLeastSongs) return told;
  const Others of_first = others_of(found, 0, compared);
  told.window.spread = of_first.median - of_first.least;
  const double frame_s = manifest.contour_hop_s;
  const GoesOn goes_on{
      .before = window > 0 &&
                query->start_s<start_s + frame_s, .behind = query->start_s + query->duration_s> start_s +
                    config_.window_s - frame_s};
  const HitTeller teller(library_, config_.search, *query, goes_on);
  for (size_t i = 0; i < std::min(found.size(), static_cast<size_t>(config_.songs)); ++i) {
    const Song& song = library_.song(found[i].number);
    const Others others = others_of(found, i, compared);
    const SongClock clock(library_.pitch(found[i].number), manifest.contour_hop_s, manifest.model.sung_time);
    for (const FoundPlace& place : found[i].places) {
      StreamHit hit{.song = found[i].number};
      teller.tell(place, clock, song.duration_s, hit);
      hit.query_start_s += block_start_s;
      hit.query_end_s += block_start_s;
      const double less = place.score - found[i].places.front().score;  // a song's other places lead by less
      hit.lead = found[i].score + less - others.median;
      hit.spread = told.window.spread;
      hit.evidence = found[i].score + less - others.mean_of_ten;
      told.hits.push_back(hit);
    }
  }
  return told;
}

Identified Identifier::finish(const std::optional<Confidence>& confidence) {
  if (pushed_ == 0) throw DataError("the recording is empty");
  take_blocks(true);
  if (!blocks_.empty()) search_blocks();
  Identified identified{.duration_s = static_cast<double>(pushed_) / kRate_hz,
                        .windows = next_window_,
                        .searched = static_cast<int64_t>(searched_.size()),
                        .stretches = {}};
  identified.stretches = join_hits(hits_, searched_, config_.step_s / config_.window_s, identified.duration_s,
                                   config_.stretches);
  const auto tell = [&](Stretch& stretch) {
    if (confidence && stretch.song >= 0) stretch.confidence = confidence->of(stretch.hit_evidence);
  };
  for (Stretch& stretch : identified.stretches) {
    tell(stretch);
    std::for_each(stretch.alternatives.begin(), stretch.alternatives.end(), tell);
  }
  return identified;
}

void bind(configs::Binder& b, IdentifyConfig& c) {
  b.number("window_s", c.window_s, configs::between(1, 600), "what is searched at once");
  b.number("step_s", c.step_s, configs::between(0.1, 600), "from one window to the next");
  b.number("least_sounding_s", c.least_sounding_s, configs::at_least(0), "of a window that is searched");
  b.number("silence_db", c.silence_db, configs::between(0, 200),
           "under full scale: silent, to models that are none of melodies");
  b.number("block_s", c.block_s, configs::between(1, 3600), "of the recording, that are heard at once");
  b.integer("songs", c.songs, configs::between(1, 1000), "of each window, that may become stretches");
  bind(b, c.stretches);
  bind(b, c.search);
}

}  // namespace melomine::library

#include "experiments/mining_job.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/logging.h"
#include "core/sha256.h"
#include "datasets/corpus.h"
#include "embedding/load_embedder.h"
#include "experiments/leak_check.h"
#include "mining/mining_summary.h"
#include "mining/quality.h"
#include "models/compute_threads.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;

mining::SongRecording recording_of(const datasets::Corpus& corpus, size_t index) {
  const datasets::StoredRecording& stored = corpus.store().at(index);
  return {stored.recording.recording_id, stored.recording.youtube_id, stored.source_sha256,
          static_cast<double>(stored.length_samples) / corpus.store().sample_rate_hz(),
          [&corpus, index] { return corpus.load(index); }};
}

/// C_i with their recordings, in the order of song_id and, within a song, of the shards.
/// @param ids  sorted, of songs with an original
std::vector<mining::Song> load_songs(const datasets::Corpus& corpus, const std::vector<std::string>& ids) {
  std::vector<mining::Song> songs;
  for (const std::string& id : ids) {
    const datasets::CorpusSong& found = corpus.songs().at(id);
    mining::Song song;
    song.song_id = id;
    song.original = recording_of(corpus, found.original.value());
    for (const size_t cover : found.covers) song.covers.push_back(recording_of(corpus, cover));
    songs.push_back(std::move(song));
  }
  return songs;
}

/// Everything mining needs, put together before anything is written.
struct Plan {
  RunLayout layout;
  fs::path checkpoint;
  mining::MinedProvenance provenance;
  std::string settings;  ///< MiningConfig as YAML, as the round was begun with it
  std::string inputs;    ///< hash of all that a part depends on, kept in it
  std::string worker;    ///< of several, as RunLock and AtomicFile have it
  std::vector<mining::Song> songs;
  int64_t songs_per_part = 1;

  int64_t parts() const { return (static_cast<int64_t>(songs.size()) + songs_per_part - 1) / songs_per_part; }
  std::span<const mining::Song> part(int64_t index) const {
    const auto first = static_cast<size_t>(index * songs_per_part);
    return std::span(songs).subspan(first,
                                    std::min(static_cast<size_t>(songs_per_part), songs.size() - first));
  }
  int round() const { return static_cast<int>(provenance.round); }
  fs::path folder() const { return layout.stage(round(), StageKind::kMine); }
  fs::path part_file(int64_t part) const { return layout.mined_part(round(), part); }
};

/// Mines parts on several threads, each with an encoder of its own and one thread of libtorch: sums are then
/// rounded the same way however many threads there are.
class PartMiner {
 public:
  PartMiner(const Plan& plan, const ExperimentConfig& config, RunObserver& observer)
      : plan_(plan), config_(config), observer_(observer) {}

  void mine(const std::vector<int64_t>& parts) {
    parts_ = &parts;
    int64_t songs = 0;
    for (const int64_t part : parts) songs += static_cast<int64_t>(plan_.part(part).size());
    observer_.on_stage_begin("mine", songs, "songs");
    const int threads = models::compute_threads();
    const bool on_cpu = models::is_cpu(config_.train.device);
    const auto workers = std::min<size_t>(on_cpu ? static_cast<size_t>(threads) : 1, parts.size());
    std::vector<std::thread> pool;
    for (size_t i = 0; i < workers; ++i) pool.emplace_back([this] { work(); });
    for (std::thread& thread : pool) thread.join();
    models::set_compute_threads(threads);  // the workers' own setting is also libtorch's for new threads
    if (failure_) std::rethrow_exception(failure_);
    observer_.on_stage_end(
        fmt::format("{} songs, {} of audio; features and encoder {:.1f} % of the threads' time", songs_done_,
                    format_duration(audio_s_), thread_s_ > 0 ? 100 * embed_s_ / thread_s_ : 0));
  }

 private:
  using Clock = std::chrono::steady_clock;

  void work() {
    const auto start = Clock::now();
    try {
      models::set_compute_threads(1);
      const auto embedder = embedding::load_embedder(plan_.checkpoint, config_.train.device);
      for (size_t i = next_++; i < parts_->size() && !stop_; i = next_++) mine_part((*parts_)[i], *embedder);
    } catch (const Cancelled&) {
      fail(std::make_exception_ptr(
          Cancelled(fmt::format("interrupted while mining; finished parts are in {}; run the same command "
                                "again to continue",
                                plan_.folder().string()))));
    } catch (...) {
      fail(std::current_exception());
    }
    const std::lock_guard guard(mutex_);
    thread_s_ += std::chrono::duration<double>(Clock::now() - start).count();
  }

  void fail(const std::exception_ptr& failure) {
    const std::lock_guard guard(mutex_);
    if (!failure_) failure_ = failure;
    stop_ = true;
  }

  void mine_part(int64_t part, const retrieval::Embedder& embedder) {
    mining::MinedSet set;
    set.provenance = plan_.provenance;
    for (const mining::Song& song : plan_.part(part)) {
      if (stop_) return;
      const mining::MinedSong mined = mining::mine_song(song, embedder, config_.mine);
      mining::append(set, song, mined, config_.mine.match);
      record(mined);
    }
    mining::write_mined_set(plan_.part_file(part), set, plan_.inputs, plan_.worker);
  }

  void record(const mining::MinedSong& mined) {
    const std::lock_guard guard(mutex_);
    audio_s_ += mined.audio_s;
    embed_s_ += mined.embed_wall_s;
    fragments_ += static_cast<int64_t>(mined.fragments.size());
    for (const auto& aside : mined.set_aside)
      log_warning("{}: set aside: {}", aside.recording_id, aside.reason);
    observer_.on_progress(++songs_done_, fmt::format("{} fragments", fragments_));
  }

  const Plan& plan_;
  const ExperimentConfig& config_;
  RunObserver& observer_;
  const std::vector<int64_t>* parts_ = nullptr;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::exception_ptr failure_;
  double audio_s_ = 0, embed_s_ = 0, thread_s_ = 0;
  int64_t songs_done_ = 0, fragments_ = 0;
};

/// @param read  of a part. @throws DataError with the remedy
template <class Read>
auto from_part(const fs::path& file, const Read& read) {
  try {
    return read(file);
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}; remove {} and run the same command again, which mines it anew", e.what(),
                                file.filename().string()));
  }
}

bool part_is_present(const Plan& plan, int64_t part) {
  const auto file = plan.part_file(part);
  if (!fs::exists(file)) return false;
  if (from_part(file, mining::mined_set_inputs) == plan.inputs) return true;
  throw ConfigError(fmt::format("{} was mined from other inputs; remove {} to mine the round again",
                                file.string(), plan.folder().string()));
}

/// mined.h5, mined.csv and summary.json of all parts. Several workers may do so at once: the bytes are the
/// same.
void assemble(const Plan& plan, const ExperimentConfig& config) {
  std::vector<mining::MinedSet> parts;
  for (int64_t part = 0; part < plan.parts(); ++part)
    parts.push_back(from_part(plan.part_file(part), mining::read_mined_set));
  const mining::MinedSet set = mining::merge(std::move(parts));
  const mining::MiningYield yield = mining::yield_of(set);
  mining::write_mined_set(plan.layout.mined_set(plan.round()), set, plan.inputs, plan.worker);
  datasets::write_fragment_table(plan.layout.mined_table(plan.round()), set.rows,
                                 datasets::TableColumns::kChadWithProvenance, plan.worker);
  mining::MiningSummary summary;
  if (config.data.time_maps.empty()) {
    summary = mining::summarise(set, yield, nullptr, {}, config.mine.match);
  } else {
    const datasets::Truth truth(datasets::read_truth_table(config.data.time_maps));
    const mining::MiningQuality quality = mining::quality_of(set, truth);
    summary = mining::summarise(set, yield, &quality, mining::threshold_curve(set, truth), config.mine.match);
  }
  write_file_atomically(plan.layout.mining_summary(plan.round()), mining::summary_json(summary), plan.worker);
}

/// The settings as the round's parts know them: an earlier version wrote fewer down, which had their
/// defaults.
std::string settings_of(const fs::path& recorded, const mining::MiningConfig& config) {
  std::string now = configs::to_yaml(config);
  if (!fs::exists(recorded)) return now;
  const auto before = configs::load_config<mining::MiningConfig>(recorded);
  return configs::to_yaml(before) == now ? read_file(recorded) : now;
}

/// The encoder to mine with, where there is anything to mine.
fs::path encoder_of(const ExperimentConfig& config, int round, const fs::path& checkpoint) {
  if (round < 1) throw ConfigError(fmt::format("rounds are mined from 1 on, got {}", round));
  datasets::Corpus::require_ingested(config.data.shards);
  return checkpoint.empty() ? encoder_in_force(config, round - 1) : checkpoint;
}

Plan plan_round(const ExperimentConfig& config, int round, const fs::path& checkpoint,
                const datasets::Corpus& corpus, const StageInputs& inputs) {
  const Split split = split_songs(corpus, config.data, config.seed);
  if (config.leaks == Leaks::kRefuse) refuse_shared_recordings(corpus.store(), split);
  const auto mineable = mineable_songs(corpus, split);
  if (mineable.empty())
    throw ConfigError(fmt::format(
        "{} has no song to mine: none that is not held out has an original and a cover", config.data.shards));
  Plan plan{.layout = layout_of(config),
            .checkpoint = checkpoint,
            .provenance = {},
            .settings = {},
            .inputs = {},
            .worker = {},
            .songs = {}};
  plan.settings = settings_of(plan.layout.mining_settings(round), config.mine);
  plan.songs = load_songs(corpus, songs_of_round(config, mineable, round));
  plan.songs_per_part = config.mine.songs_per_part;
  plan.provenance = {round, inputs.at("encoder"), sha256_of(plan.settings)};
  Sha256 hash;
  hash.update(plan.provenance.config_sha256);
  for (const auto& [name, sha256] : inputs) hash.update(sha256);
  for (const mining::Song& song : plan.songs) hash.update(song.song_id + "\n");
  plan.inputs = hash.finish();
  return plan;
}

StageInputs inputs_of(const ExperimentConfig& config, const fs::path& encoder) {
  StageInputs inputs = {{"encoder", sha256_of_file(encoder)}};
  add_input(inputs, kShardsKey, config.data.shards);
  if (!config.data.time_maps.empty()) add_input(inputs, "data.time_maps", config.data.time_maps);
  return inputs;
}

}  // namespace

MiningOutline outline_mining(const ExperimentConfig& config, int round, const fs::path& checkpoint) {
  const fs::path encoder = encoder_of(config, round, checkpoint);
  const auto corpus = datasets::Corpus::open(config.data.shards, config.data.rendition);
  const Plan plan = plan_round(config, round, encoder, corpus, inputs_of(config, encoder));
  MiningOutline outline;
  outline.songs = static_cast<int64_t>(plan.songs.size());
  for (const mining::Song& song : plan.songs) {
    outline.covers += static_cast<int64_t>(song.covers.size());
    outline.audio_s += song.original.duration_s;
    for (const auto& cover : song.covers) outline.audio_s += cover.duration_s;
  }
  outline.parts = plan.parts();
  for (int64_t part = 0; part < outline.parts; ++part)
    outline.parts_present += part_is_present(plan, part) ? 1 : 0;
  return outline;
}

MiningJobResult run_mining(const ExperimentConfig& config, int round, const WorkShare& worker,
                           const fs::path& checkpoint, const JobContext& context, RunObserver& observer) {
  const std::string own_name =
      worker.count > 1 ? fmt::format("worker-{}-of-{}", worker.index, worker.count) : "";
  const fs::path encoder = encoder_of(config, round, checkpoint);
  const RunLayout layout = layout_of(config);
  MiningJobResult result;
  result.folder = layout.stage(round, StageKind::kMine);
  const StageInputs inputs = inputs_of(config, encoder);
  auto stage = Stage::begin(
      layout,
      {.kind = StageKind::kMine,
       .round = round,
       .inputs = inputs,
       .outputs = {layout.mined_table(round), layout.mined_set(round), layout.mining_summary(round)},
       .worker = own_name},
      config, context);
  if (!stage) {
    result.was_done = result.complete = true;
    return result;
  }
  const auto corpus = datasets::Corpus::open(config.data.shards, config.data.rendition);
  Plan plan = plan_round(config, round, encoder, corpus, inputs);
  plan.worker = own_name;
  stage->open();
  write_file_atomically(layout.mining_settings(round), plan.settings, plan.worker);
  result.parts = plan.parts();
  std::vector<int64_t> mine;
  for (int64_t part = worker.index; part < result.parts; part += worker.count)
    if (!part_is_present(plan, part)) mine.push_back(part);
  log_info("round {}: {} songs in {} parts, {} of them to mine here, encoder {}", round, plan.songs.size(),
           result.parts, mine.size(), encoder.string());
  if (!mine.empty()) PartMiner(plan, config, observer).mine(mine);
  for (int64_t part = 0; part < result.parts; ++part)
    result.parts_present += part_is_present(plan, part) ? 1 : 0;
  if (result.parts_present == result.parts) {
    assemble(plan, config);
    result.wall_s = stage->finish();
    result.complete = true;
  }
  return result;
}

}  // namespace melomine::experiments

#include "experiments/leak_sides.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/logging.h"
#include "core/sha256.h"
#include "datasets/corpus.h"
#include "datasets/ingest_state.h"
#include "experiments/evaluation_inputs.h"
#include "experiments/protocol_kind.h"
#include "experiments/split.h"
#include "experiments/training_material.h"

namespace melomine::experiments {
namespace {

bool has_shards(const ExperimentConfig& config) {
  return !config.data.shards.empty() &&
         std::filesystem::exists(std::filesystem::path(config.data.shards) / datasets::kIngestDoneFile);
}

/// Whether any round learns from recordings in the shards: H, or what is mined.
bool learns_from_shards(const ExperimentConfig& config) {
  if (!config.data.groups.empty()) return true;
  return has_shards(config) && (config.loop.rounds > 0 || !learns_from_melodies(config));
}

/// The recordings of some songs. @param role  said behind the song, may be empty
void add_songs(LeakSide& side, const std::shared_ptr<const datasets::Corpus>& corpus,
               const std::set<std::string>& songs, const std::string& role) {
  const datasets::AudioStore& store = corpus->store();
  for (size_t i = 0; i < store.size(); ++i) {
    const datasets::Recording& recording = store.at(i).recording;
    if (!songs.contains(recording.song_id)) continue;
    side.items.push_back({.id = recording.recording_id,
                          .place = fmt::format("song '{}'{}", recording.song_id, role),
                          .title = recording.title,
                          .youtube_id = recording.youtube_id,
                          .audio = [corpus, i] { return corpus->load(i); },
                          .notes = {}});
  }
}

std::shared_ptr<const datasets::Corpus> open_corpus(const ExperimentConfig& config) {
  return std::make_shared<const datasets::Corpus>(
      datasets::Corpus::open(config.data.shards, config.data.rendition));
}

/// Names of songs as one input.
std::string sha256_of_songs(const std::set<std::string>& songs, const DataConfig& data) {
  std::string text = to_string(data.rendition) + "\n";
  for (const std::string& song : songs) text += song + "\n";
  return sha256_of(text);
}

void add_melodies(LeakSide& side, const ExperimentConfig& config) {
  std::vector<melody::MelodySource> read;
  for (size_t i = 0; i < config.melodies.sources.size(); ++i) {
    const melody::MelodySource& source = config.melodies.sources[i];
    if (source.composed > 0) continue;
    const std::string key = fmt::format("melodies.sources[{}]", i);
    add_input(side.inputs, key, source.path);
    std::string left_out;
    for (const std::string& id : source.leave_out) left_out += id + "\n";
    side.inputs.emplace(key + ".leave_out", sha256_of(left_out));
    read.push_back(source);
  }
  if (read.empty()) return;
  for (melody::Melody& melody : melody::read_melodies(read))
    side.items.push_back({.id = std::move(melody.id),
                          .place = "melodies",
                          .title = std::move(melody.title),
                          .youtube_id = {},
                          .audio = {},
                          .notes = [notes = std::move(melody.notes)] { return notes; }});
}

LeakItem item_of(const evaluation::EvaluationItem& item, const std::string& place) {
  LeakItem made{.id = item.id,
                .place = place,
                .title = item.title,
                .youtube_id = item.youtube_id,
                .audio = {},
                .notes = item.notes};
  if (!item.notes) made.audio = item.audio;  // the sound of notes is a plain tone's
  return made;
}

/// Queries and what is right for them.
void add_items(LeakSide& side, const evaluation::EvaluationSet& set, const std::string& place) {
  std::set<int64_t> right;
  for (const auto& relevance : set.relevance)
    right.insert(relevance.targets.begin(), relevance.targets.end());
  for (const auto& query : set.queries) side.items.push_back(item_of(query, place));
  if (set.match_with == evaluation::MatchQueriesWith::kEachOther) return;
  for (const int64_t index : right)
    side.items.push_back(item_of(set.references.at(static_cast<size_t>(index)), place));
}

void add_set(LeakSide& side, const ExperimentConfig& config, const EvaluationSetConfig& set) {
  try {
    const ProtocolContext context{
        .experiment = config, .checkpoints = {}, .broken = config.evaluate.broken()};
    add_items(side, set.protocol->make(context)->build(), fmt::format("set '{}'", set.name));
  } catch (const DataError& e) {
    side.inputs.emplace("set " + set.name, "missing");
    log_warning("leaks: set '{}' is compared when it is there: {}", set.name, e.what());
  }
}

/// Held-out and validation songs. A set that needs shards which cannot be read says so itself.
void add_kept_songs(LeakSide& side, const ExperimentConfig& config) {
  try {
    const auto corpus = open_corpus(config);
    const Split split = split_songs(*corpus, config.data, config.seed);
    add_songs(side, corpus, split.held_out, " (held out)");
    add_songs(side, corpus, split.validation, " (validation)");
    add_input(side.inputs, kShardsKey, config.data.shards);
    side.inputs.emplace("held-out songs", sha256_of_songs(split.held_out, config.data));
    side.inputs.emplace("validation songs", sha256_of_songs(split.validation, config.data));
  } catch (const Error& e) {
    side.inputs.emplace("held-out songs", "missing");
    log_warning("leaks: held-out songs are not compared: {}", e.what());
  }
}

}  // namespace

LeakSide trained_side(const ExperimentConfig& config) {
  LeakSide side;
  if (learns_from_shards(config)) {
    const auto corpus = open_corpus(config);
    const Split split = split_songs(*corpus, config.data, config.seed);
    add_songs(side, corpus, split.train, "");
    add_input(side.inputs, kShardsKey, config.data.shards);
    side.inputs.emplace("trained songs", sha256_of_songs(split.train, config.data));
  }
  add_melodies(side, config);
  return side;
}

LeakSide evaluated_side(const ExperimentConfig& config) {
  LeakSide side;
  if (has_shards(config)) add_kept_songs(side, config);
  try {
    side.inputs.merge(evaluation_inputs(config));
  } catch (const DataError&) {
    side.inputs.emplace("evaluate", "incomplete");  // each set tells for itself
  }
  for (const EvaluationSetConfig& set : config.evaluate.sets)
    if (set.protocol->asks_of() == AsksOf::kFiles) add_set(side, config, set);
  return side;
}

}  // namespace melomine::experiments

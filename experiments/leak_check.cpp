#include "experiments/leak_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "configs/config.h"
#include "core/error.h"
#include "experiments/run_layout.h"

namespace melomine::experiments {
namespace {

/// Under this peak two recordings are both nothing, and equal for that reason.
constexpr float kSilentPeak = 1e-3f;

const char* role_of(const std::string& song, const Split& split) {
  if (split.train.contains(song)) return "trained on";
  return split.held_out.contains(song) ? "held out" : "a validation song";
}

bool is_silent(const datasets::AudioStore& store, size_t index) {
  const auto samples = store.read_all(index);
  return std::all_of(samples.begin(), samples.end(), [](float s) { return std::abs(s) < kSilentPeak; });
}

}  // namespace

void refuse_shared_recordings(const datasets::AudioStore& store, const Split& split) {
  std::map<std::string, size_t> trained;  // by the hash of the samples
  for (size_t i = 0; i < store.size(); ++i)
    if (split.train.contains(store.at(i).recording.song_id)) trained.emplace(store.at(i).samples_sha256, i);
  for (size_t i = 0; i < store.size(); ++i) {
    const datasets::Recording& evaluated = store.at(i).recording;
    if (split.train.contains(evaluated.song_id)) continue;
    const auto found = trained.find(store.at(i).samples_sha256);
    if (found == trained.end() || is_silent(store, i)) continue;
    const datasets::Recording& known = store.at(found->second).recording;
    throw ConfigError(fmt::format(
        "data leak: recording '{}' of song '{}' ({}) is the same audio as '{}' of song '{}', which is "
        "trained on; hold out both songs (data.held_out_ids) or remove one recording",
        evaluated.recording_id, evaluated.song_id, role_of(evaluated.song_id, split), known.recording_id,
        known.song_id));
  }
}

void refuse_held_out_rows(const std::vector<datasets::FragmentRow>& rows, const std::filesystem::path& table,
                          const datasets::AudioStore& store, const Split& split) {
  for (const datasets::FragmentRow& row : rows) {
    const int64_t index = store.find(row.recording_id);
    if (index < 0) continue;  // build_groups counts it as absent
    const std::string& song = store.at(static_cast<size_t>(index)).recording.song_id;
    if (split.train.contains(song)) continue;
    throw ConfigError(fmt::format(
        "data leak: {}: group {} holds recording '{}' of song '{}', which is {}; mine this round again "
        "(remove its folder), or give the run another name",
        table.string(), row.group_id, row.recording_id, song, role_of(song, split)));
  }
}

void refuse_held_out_fragments(const std::vector<datasets::FragmentGroup>& groups,
                               const datasets::AudioStore& store, const Split& split) {
  for (const datasets::FragmentGroup& group : groups) {
    const bool is_trained = split.train.contains(group.song_id);
    for (const datasets::Fragment& fragment : group.fragments) {
      const int64_t index = store.find(fragment.recording_id);
      if (index < 0) continue;
      const std::string& song = store.at(static_cast<size_t>(index)).recording.song_id;
      if (split.train.contains(song) == is_trained) continue;
      throw ConfigError(
          fmt::format("data leak: group {} of song '{}' is {} and holds recording '{}' of song '{}', which "
                      "is {}; correct "
                      "data.groups or hold out both songs (data.held_out_ids)",
                      group.group_id, group.song_id, role_of(group.song_id, split), fragment.recording_id,
                      song, role_of(song, split)));
    }
  }
}

void refuse_known_songs(const std::filesystem::path& checkpoint, const ExperimentConfig& config,
                        const datasets::Corpus& corpus, const Split& split) {
  const auto run = RunLayout::around(checkpoint);
  if (!run) return;
  const auto trained = configs::load_config<ExperimentConfig>(run->experiment());
  const auto resolved = [](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path));
  };
  if (trained.data.shards.empty()) return;  // it learned from melodies alone
  // Of other shards its songs are others, whatever they are called.
  if (resolved(trained.data.shards) != resolved(config.data.shards)) return;
  const Split known = split_songs(corpus, trained.data, trained.seed);
  for (const std::string& song : split.held_out)
    if (!known.held_out.contains(song))
      throw ConfigError(
          fmt::format("song '{}' is held out here, but {} was trained or validated on it; seed and data must "
                      "be those of {}",
                      song, checkpoint.string(), run->experiment().string()));
}

}  // namespace melomine::experiments

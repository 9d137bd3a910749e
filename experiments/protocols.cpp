#include "experiments/protocols.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "configs/config.h"
#include "core/error.h"
#include "core/registry.h"
#include "experiments/held_out_hums.h"
#include "experiments/run_layout.h"

namespace melomine::experiments {
namespace {

evaluation::EvaluationItem item_of(const datasets::Corpus& corpus, size_t index) {
  return {
      corpus.store().at(index).recording.recording_id, [&corpus, index] { return corpus.load(index); }, {}};
}

/// A model must not be asked for songs it learned from: where its checkpoint lies in a run's folder, the
/// split of that run is drawn again. @throws ConfigError naming such a song
void refuse_known_songs(const std::filesystem::path& checkpoint, const ExperimentConfig& config,
                        const datasets::Corpus& corpus, const Split& split) {
  const auto run = RunLayout::around(checkpoint);
  if (!run) return;
  const auto trained = configs::load_config<ExperimentConfig>(run->experiment());
  const auto resolved = [](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path));
  };
  // Of other shards its songs are others, whatever they are called.
  if (resolved(trained.data.shards) != resolved(config.data.shards)) return;
  const Split known = split_songs(corpus, trained.data, trained.seed);
  for (const std::string& song : split.held_out)
    if (!known.held_out.contains(song))
      throw ConfigError(
          fmt::format("evaluate.sets: song '{}' is held out here, but {} was trained or validated on it; "
                      "seed and data must be those of {}",
                      song, checkpoint.string(), run->experiment().string()));
}

using MakeProtocol = std::function<std::unique_ptr<evaluation::Protocol>(
    const evaluation::EvaluationSetConfig&, const ProtocolContext&)>;

const Registry<MakeProtocol>& catalogue() {
  using evaluation::EvaluationSetConfig;
  static const Registry<MakeProtocol> protocols{
      "protocol of evaluation",
      {{"held_out",
        [](const EvaluationSetConfig&, const ProtocolContext& context) {
          return std::make_unique<HeldOutProtocol>(context.experiment, context.checkpoint);
        }},
       {"tables",
        [](const EvaluationSetConfig& set, const ProtocolContext& context) {
          return std::make_unique<evaluation::TablesProtocol>(
              evaluation::EvaluationTables{.queries = set.queries,
                                           .references = {set.references.begin(), set.references.end()},
                                           .omissions = {set.leave_out, context.broken}});
        }},
       {"each_other", [](const EvaluationSetConfig& set, const ProtocolContext& context) {
          return std::make_unique<evaluation::EachOtherProtocol>(set.queries, context.broken);
        }}}};
  return protocols;
}

}  // namespace

evaluation::EvaluationSet corpus_set(const datasets::Corpus& corpus, const std::set<std::string>& songs,
                                     const std::set<std::string>& candidates) {
  const HeldOutHums found = held_out_hums(corpus, songs, candidates);
  evaluation::EvaluationSet set;
  for (const auto& query : found.queries) {
    set.queries.push_back(item_of(corpus, query.recording));
    set.relevance.push_back({{query.target}, {}});
    set.songs.push_back(corpus.store().at(query.recording).recording.song_id);
  }
  for (const size_t reference : found.references) set.references.push_back(item_of(corpus, reference));
  return set;
}

HeldOutProtocol::HeldOutProtocol(const ExperimentConfig& config, std::filesystem::path checkpoint)
    : config_(config),
      checkpoint_(std::move(checkpoint)),
      corpus_(datasets::Corpus::open(config.data.shards, config.data.rendition)) {}

evaluation::EvaluationSet HeldOutProtocol::build() const {
  const Split split = split_songs(corpus_, config_.data, config_.seed);
  if (split.held_out.empty())
    throw ConfigError(
        "evaluate.sets: a set without queries searches the held-out songs' hums, and there are none; "
        "set data.held_out_songs");
  refuse_known_songs(checkpoint_, config_, corpus_, split);
  std::set<std::string> candidates = split.train;
  candidates.insert(split.validation.begin(), split.validation.end());
  candidates.insert(split.held_out.begin(), split.held_out.end());
  evaluation::EvaluationSet set = corpus_set(corpus_, split.held_out, candidates);
  if (set.queries.empty()) throw ConfigError("evaluate.sets: the held-out songs have no hums in the shards");
  return set;
}

std::unique_ptr<evaluation::Protocol> make_protocol(const evaluation::EvaluationSetConfig& set,
                                                    const ProtocolContext& context) {
  return catalogue().get(set.protocol())(set, context);
}

}  // namespace melomine::experiments

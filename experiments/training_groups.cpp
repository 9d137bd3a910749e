#include "experiments/training_groups.h"

#include <cstdint>
#include <iterator>
#include <utility>

#include "core/logging.h"
#include "datasets/group_dataset.h"
#include "datasets/joined_groups.h"
#include "experiments/leak_check.h"
#include "review/consensus.h"

namespace melomine::experiments {
namespace {

using Groups = std::vector<datasets::FragmentGroup>;

void append(Groups& groups, Groups more) {
  std::move(more.begin(), more.end(), std::back_inserter(groups));
}

Groups load_hum_groups(const DataConfig& data, const datasets::AudioStore& store, const Split& split) {
  if (data.groups.empty()) return {};
  datasets::GroupOptions options;
  options.use_song = [&](const std::string& song) { return split.hums.contains(song); };
  datasets::GroupDataset hums = datasets::load_groups(data.groups, store, data.time_maps, options);
  log_info("{}: {}", data.groups, hums.counts.summary());
  refuse_held_out_fragments(hums.held_out, store, split);
  return std::move(hums.groups);
}

Groups load_mined_groups(const RoundSources& sources, const datasets::AudioStore& store, const Split& split) {
  Groups groups;
  const review::VerdictLog verdicts = review::parse_verdicts(sources.verdicts);
  if (verdicts.damaged > 0) log_warning("{} damaged lines of the verdicts are passed over", verdicts.damaged);
  const review::Consensus consensus(verdicts.judgements);
  for (const auto& table : sources.mined) {
    auto rows = datasets::read_fragment_table(table);
    const review::AppliedVerdicts applied = review::apply_verdicts(rows, consensus);
    if (!verdicts.judgements.empty())
      log_info("{}: people accepted {} pairs and rejected {}; {} are tied", table.string(), applied.accepted,
               applied.rejected, applied.tied);
    refuse_held_out_rows(rows, table, store, split);
    datasets::GroupDataset mined = datasets::build_groups(rows, store);
    log_info("{}: {}", table.string(), mined.counts.summary());
    append(groups, std::move(mined.groups));
  }
  return groups;
}

}  // namespace

Groups load_training_groups(const ExperimentConfig& config, const RoundSources& sources,
                            const datasets::Corpus& corpus, const Split& split) {
  const datasets::AudioStore& store = corpus.store();
  if (config.leaks == Leaks::kRefuse) refuse_shared_recordings(store, split);
  if (!sources.init.empty()) refuse_known_songs(sources.init, config, corpus, split);
  Groups all = load_hum_groups(config.data, store, split);
  Groups others = load_mined_groups(sources, store, split);
  if (config.loop.join_hums) {
    auto joined = datasets::join_groups(all, others, config.front_end->window().length_s);
    log_info("{} groups join hums and mined covers", joined.size());
    append(others, std::move(joined));
  }
  const double weight =
      hum_weight(config.loop, static_cast<int64_t>(all.size()), static_cast<int64_t>(others.size()));
  if (weight > 1)
    log_info("each of the {} groups of H weighs {:.2f} beside {} mined ones", all.size(), weight,
             others.size());
  for (datasets::FragmentGroup& group : all) group.weight = weight;
  append(all, std::move(others));
  refuse_held_out_fragments(all, store, split);
  return all;
}

}  // namespace melomine::experiments

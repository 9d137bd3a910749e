#include "experiments/mined_groups.h"

#include <iterator>
#include <utility>

#include "core/logging.h"
#include "datasets/group_dataset.h"
#include "experiments/leak_check.h"

namespace melomine::experiments {

std::vector<datasets::FragmentGroup> load_mined_groups(const std::vector<std::filesystem::path>& tables,
                                                       const datasets::AudioStore& store,
                                                       const Split& split) {
  std::vector<datasets::FragmentGroup> groups;
  for (const auto& table : tables) {
    const auto rows = datasets::read_fragment_table(table);
    refuse_held_out_rows(rows, table, store, split);
    datasets::GroupDataset mined = datasets::build_groups(rows, store);
    log_info("{}: {}", table.string(), mined.counts.summary());
    std::move(mined.groups.begin(), mined.groups.end(), std::back_inserter(groups));
  }
  return groups;
}

}  // namespace melomine::experiments

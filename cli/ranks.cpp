#include "cli/ranks.h"

#include <cstdlib>
#include <memory>

#include "cli/startup.h"
#include "core/logging.h"
#include "core/progress.h"
#include "distributed/launch_environment.h"
#include "distributed/process_group.h"
#include "experiments/rounds.h"

namespace melomine::cli {

int as_one_of_ranks(const experiments::ExperimentConfig& config, const std::string& command,
                    const std::function<int(const experiments::JobContext&, RunObserver&)>& work) {
  const distributed::RankPlace place =
      distributed::rank_place([](const char* name) { return std::getenv(name); });
  experiments::JobContext context{describe_build(), command};
  ConsoleObserver console;
  if (place.alone()) return work(context, console);
  context.group =
      distributed::join(place, experiments::layout_of(config).folder(), config.train.ranks.timeout_s);
  try {
    if (place.rank == 0) return work(context, console);
    set_up_logging(LogLevel::kWarning);
    RunObserver silent;
    return work(context, silent);
  } catch (const std::exception& e) {
    context.group->leave(message_of(e), distributed::asked_by(e));
    throw;
  }
}

}  // namespace melomine::cli

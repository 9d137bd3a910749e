#include "cli/command.h"

namespace melomine::cli {

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> all = [] {
    std::map<std::string, Command> by_name;
    for (const Command& command :
         {MELOMINE_COMMAND(config), MELOMINE_COMMAND(diff), MELOMINE_COMMAND(evaluate),
          MELOMINE_COMMAND(features), MELOMINE_COMMAND(ingest), MELOMINE_COMMAND(inspect),
          MELOMINE_COMMAND(mine), MELOMINE_COMMAND(report), MELOMINE_COMMAND(run), MELOMINE_COMMAND(synth),
          MELOMINE_COMMAND(train)})
      by_name.emplace(command.help.name, command);
    return by_name;
  }();
  return all;
}

}  // namespace melomine::cli

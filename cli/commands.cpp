#include "cli/command.h"

#include <vector>

namespace melomine::cli {

const std::map<std::string, Command>& commands() {
  // clang-format off
  static const std::vector<Command> list = {
      MELOMINE_COMMAND(compare),
      MELOMINE_COMMAND(completion),
      MELOMINE_COMMAND(config),
      MELOMINE_COMMAND(diff),
      MELOMINE_COMMAND(doctor),
      MELOMINE_COMMAND(evaluate),
      MELOMINE_COMMAND(export),
      MELOMINE_COMMAND(features),
      MELOMINE_COMMAND(hum),
      MELOMINE_COMMAND(identify),
      MELOMINE_COMMAND(import),
      MELOMINE_COMMAND(index),
      MELOMINE_COMMAND(ingest),
      MELOMINE_COMMAND(inspect),
      MELOMINE_COMMAND(launch),
      MELOMINE_COMMAND(mine),
      MELOMINE_COMMAND(regenerate),
      MELOMINE_COMMAND(report),
      MELOMINE_COMMAND(review),
      MELOMINE_COMMAND(run),
      MELOMINE_COMMAND(search),
      MELOMINE_COMMAND(separate),
      MELOMINE_COMMAND(serve),
      MELOMINE_COMMAND(sweep),
      MELOMINE_COMMAND(synth),
      MELOMINE_COMMAND(train),
  };
  // clang-format on
  static const std::map<std::string, Command> all = [] {
    std::map<std::string, Command> by_name;
    for (const Command& command : list) by_name.emplace(command.help.name, command);
    return by_name;
  }();
  return all;
}

}  // namespace melomine::cli

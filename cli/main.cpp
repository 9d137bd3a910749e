#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <map>

#include "cli/command.h"
#include "cli/startup.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "core/logging.h"
#include "core/text.h"

namespace melomine::cli {
namespace {

struct Command {
  std::string summary;
  std::function<int(const Arguments&)> run;
};

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> all = {
      // The explicit list of commands, in alphabetical order.
      {"config", {"show, check or describe the YAML of an experiment", run_config}},
      {"diff", {"say what changed between two mined sets", run_diff}},
      {"evaluate", {"measure how well queries find their references", run_evaluate}},
      {"features", {"compute a feature of an audio file", run_features}},
      {"ingest", {"decode the recordings of a table into audio shards", run_ingest}},
      {"inspect", {"show what a shard, mined set, feature file, checkpoint or run holds", run_inspect}},
      {"mine", {"mine aligned fragments of originals and covers with an encoder", run_mine}},
      {"report", {"write the page that shows a run: rounds, curves, mining, audio", run_report}},
      {"run", {"run an experiment: train, then mine and retrain round by round", run_run}},
      {"synth", {"generate a corpus whose time alignment is known", run_synth}},
      {"train", {"train an encoder of an experiment, or continue", run_train}},
  };
  return all;
}

int help() {
  fmt::print(
      "melomine mines time-aligned cover and hum fragments and trains query-by-humming encoders on them.\n\n"
      "usage: melomine COMMAND [arguments]\n\n");
  for (const auto& [name, command] : commands()) fmt::print("  {:<10} {}\n", name, command.summary);
  fmt::print(
      "\nmelomine COMMAND --help shows a command's options and examples; melomine --version what it is built "
      "on.\n");
  return 0;
}

int run(const Arguments& args) {
  if (args.size() == 2 && args[0] == "help") return run({args[1], "--help"});
  if (args.empty() || args[0] == "--help" || args[0] == "-h" || args[0] == "help") return help();
  if (args[0] == "--version" || args[0] == "version") {
    fmt::print("{}", describe_build());
    return 0;
  }
  const auto found = commands().find(args[0]);
  if (found == commands().end()) {
    std::vector<std::string> known;
    for (const auto& entry : commands()) known.push_back(entry.first);
    const std::string nearest = nearest_name(args[0], known);
    throw ConfigError(fmt::format("unknown command '{}'; known: {}{}", args[0], fmt::join(known, ", "),
                                  nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  return found->second.run(Arguments(args.begin() + 1, args.end()));
}

}  // namespace
}  // namespace melomine::cli

int main(int argc, char** argv) {
  using namespace melomine;
  cli::prepare_environment(argv);
  cli::choose_threads();
  set_up_logging(spdlog::level::info);
  install_cancellation_handler();
  const auto report = [](const std::exception& e) {
    const std::string message = cli::message_of(e);  // of the command line, it names the command already
    fmt::print(stderr, "{}{}\n", message.starts_with("melomine ") ? "" : "melomine: ", message);
  };
  try {
    return cli::run(cli::Arguments(argv + 1, argv + argc));
  } catch (const ConfigError& e) {
    report(e);
    return 2;
  } catch (const Cancelled& e) {
    report(e);
    return 130;
  } catch (const std::exception& e) {
    report(e);
    return 1;
  }
}

#include "cli/command_line.h"

#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "cli/command.h"
#include "cli/startup.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "core/exit_status.h"
#include "core/text.h"

namespace melomine::cli {
namespace {

int print_help() {
  fmt::print(
      "melomine mines time-aligned cover and hum fragments and trains query-by-humming encoders on them.\n\n"
      "usage: melomine COMMAND [arguments]\n\n");
  for (const auto& [name, command] : commands()) fmt::print("  {:<10} {}\n", name, command.help.summary);
  fmt::print(
      "\nmelomine COMMAND --help shows a command's options and examples; melomine --version what it is built "
      "on.\n");
  return 0;
}

int run(const Arguments& args) {
  if (args.size() == 2 && args[0] == "help") return run({args[1], "--help"});
  if (args.empty() || args[0] == "--help" || args[0] == "-h" || args[0] == "help") return print_help();
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

int run_command_line(const Arguments& args) {
  const auto report = [](const std::exception& e) {
    const std::string message = message_of(e);  // of the command line, it names the command already
    fmt::print(stderr, "{}{}\n", message.starts_with("melomine ") ? "" : "melomine: ", message);
  };
  try {
    return run(args);
  } catch (const ConfigError& e) {
    report(e);
    return kExitWrongUse;
  } catch (const Cancelled& e) {
    report(e);
    return stop_request() == StopRequest::kPreempted ? kExitRequeue : kExitInterrupted;
  } catch (const std::exception& e) {
    report(e);
    return kExitFailed;
  }
}

}  // namespace melomine::cli

// Runs many command lines as `melomine` does, each in a fork of this process, which has loaded libtorch once:
// reads a line ["config", "check", …] from standard input, writes a line {"status": 0, "output": "…"}.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command_line.h"
#include "cli/startup.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "tests/support/run_command.h"

int main() {
  using namespace melomine;
  cli::choose_threads();
  set_up_logging(LogLevel::kInfo);
  for (std::string line; std::getline(std::cin, line);) {
    const auto arguments = parse_json(line).get<cli::Arguments>();
    const testing::CommandResult result = testing::run_child([&] {
      dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
      const int status = cli::run_command_line(arguments);
      return std::fflush(stdout) == 0 ? status : 1;
    });
    std::cout << json_text(nlohmann::json{{"status", result.status}, {"output", result.output}}) << std::endl;
  }
  return 0;
}

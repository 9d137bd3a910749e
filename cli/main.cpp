#include "cli/command_line.h"
#include "cli/startup.h"
#include "core/cancellation.h"
#include "core/logging.h"

int main(int argc, char** argv) {
  using namespace melomine;
  cli::prepare_environment(argv);
  cli::choose_threads();
  set_up_logging(LogLevel::kInfo);
  install_cancellation_handler();
  return cli::run_command_line(cli::Arguments(argv + 1, argv + argc));
}

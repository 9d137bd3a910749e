#include "cli/command_line.h"
#include "cli/startup.h"
#include "core/cancellation.h"
#include "core/logging.h"

// What the loader calls when all libraries are there and none has been initialised. A second start from here
// costs a quarter of one from main, before which libtorch has registered its operators.
#if defined(__ELF__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {
using BeforeLibraries = void (*)(int, char**, char**);
[[gnu::section(".preinit_array"), gnu::used]] const BeforeLibraries kBeforeLibraries =
    [](int, char** argv, char** environment) { melomine::cli::choose_openmp_wait(argv, environment); };
}  // namespace
#endif

int main(int argc, char** argv) {
  using namespace melomine;
  cli::prepare_environment(argv);
  cli::choose_threads();
  set_up_logging(LogLevel::kInfo);
  install_cancellation_handler();
  return cli::run_command_line(cli::Arguments(argv + 1, argv + argc));
}

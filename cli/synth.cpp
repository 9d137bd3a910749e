#include <fmt/format.h>
#include <tbb/global_control.h>

#include "cli/option_binder.h"
#include "core/error.h"
#include "core/progress.h"
#include "synth/generated_corpus.h"

namespace melomine::cli {
namespace {

const CommandHelp kSynthHelp = {
    "synth", "Generate a corpus of songs, covers and hums whose time alignment is known exactly.",
    "--out DIR [options]",
    "  melomine synth --songs 40 --covers 4 --hums 4 --seed 1 --out corpus\n"
    "  melomine synth --songs 60 --midi pop909 --duration 120 --out corpus_midi\n"
    "  melomine synth --songs 40 --bleed-db -8 --wrong-covers 0.3 --tempo 0.3,0.4,0.3 --hum-noise-db 10 "
    "--out hard\n"};

int run_synth(const Arguments& args) {
  synth::CorpusConfig config;
  po::options_description options("Options");
  int threads = 0;
  options.add_options()("out", po::value<std::string>(), "folder of the corpus; rerunning completes it")(
      "threads", po::value(&threads)->default_value(0), "0 = all processors; the bytes do not depend on it");
  add_options(options, config);
  const auto values = parse_arguments(kSynthHelp, options, {}, args);
  if (!values) return 0;
  require_options(kSynthHelp, *values, {"out"});
  read_options(*values, config);
  if (threads < 0) throw ConfigError(fmt::format("melomine synth: --threads must be >= 0, got {}", threads));
  std::unique_ptr<tbb::global_control> limit;
  if (threads > 0)
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, threads);
  ConsoleObserver observer;
  synth::generate_corpus(config, (*values)["out"].as<std::string>(), observer);
  return 0;
}

}  // namespace

Command synth_command() {
  return {kSynthHelp, run_synth};
}

}  // namespace melomine::cli

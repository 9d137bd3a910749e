#include "synth/hum_corpus.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "configs/config.h"
#include "core/progress.h"
#include "pitch/f0.h"

namespace melomine::cli {
namespace {

/// All that `hum` can be told.
struct HumSettings {
  synth::HumCorpusConfig hums;
  pitch::F0Config f0;
};

void bind(configs::Binder& b, HumSettings& c) {
  bind(b, c.hums);
  b.nested("f0", c.f0, "tracker of the sung pitch");
}

/// Its examples hold the settings and their defaults.
CommandHelp hum_help() {
  return {
      .name = "hum",
      .summary = "Generate a hum of each original and cover from its tracked pitch (system E).",
      .usage = "SHARDS --out DIR [options] [key=value ...]",
      .examples =
          "  melomine hum shards --out shards_with_hums\n"
          "  melomine hum separated --out shards_with_hums timbre=whistled keys_semitones=0 tempo=0\n"
          "  melomine hum separated --out shards_with_hums --jobs 4 f0.type=yin\n\n"
          "SHARDS is a folder that `melomine ingest` or `melomine separate` finished; voices alone are\n"
          "heard where it has them. DIR then holds its recordings and the hums, and hums.csv, a table of\n"
          "groups for data.groups: each recording and its hum. Interrupted, the same command continues.\n\n"
          "settings and their defaults (key=value):\n" +
          configs::to_yaml(HumSettings{}, true)};
}

int run_hum(const Arguments& args) {
  synth::HumCorpusOptions o;
  po::options_description options("Options");
  auto add = options.add_options();
  add("shards", po::value<std::string>(), "folder of audio shards");
  add("out", po::value<std::string>(), "folder of the shards with hums; rerunning completes it");
  add("jobs", po::value(&o.jobs)->default_value(o.jobs), "recordings at once; 0 = one per processor");
  add("shard-mib", po::value(&o.shard_mib)->default_value(o.shard_mib), "largest size of a shard, MiB");
  add("settings", po::value<std::vector<std::string>>(), "key=value settings of the hums");
  const auto values = parse_arguments(hum_help(), options, {"shards", "settings*"}, args);
  if (!values) return 0;
  require_options(hum_help(), *values, {"shards", "out"});
  HumSettings settings;
  if (values->count("settings") > 0)
    configs::apply_overrides(settings, (*values)["settings"].as<std::vector<std::string>>());
  o.shards = (*values)["shards"].as<std::string>();
  o.out = (*values)["out"].as<std::string>();
  o.tracking = configs::to_json(settings.f0);
  const auto tracker = settings.f0.tracker->make(settings.f0.range);
  o.track_pitch = [&](std::span<const float> samples, int sample_rate_hz) {
    return tracker->track(samples, sample_rate_hz);
  };
  ConsoleObserver console;
  const auto summary = synth::make_hums(settings.hums, o, console);
  if (summary.already_done) fmt::print("{} is finished already; nothing is missing\n", o.out.string());
  fmt::print("hums       {} of {} recordings, {}, {} generated now\n", summary.present, summary.recordings,
             format_duration(summary.present_s), summary.made);
  fmt::print("set aside  {}\n", summary.set_aside.size());
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < std::min(kShown, summary.set_aside.size()); ++i)
    fmt::print("           {}: {}\n", summary.set_aside[i].recording_id, summary.set_aside[i].reason);
  if (summary.set_aside.size() > kShown)
    fmt::print("           … {} more in {}/set_aside.csv\n", summary.set_aside.size() - kShown,
               o.out.string());
  return 0;
}

}  // namespace

Command hum_command() {
  return {hum_help(), run_hum};
}

}  // namespace melomine::cli

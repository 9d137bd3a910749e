#include "separation/separate_shards.h"

#include <memory>
#include <optional>

#include "core/error.h"
#include "separation/checked_vocals.h"

namespace melomine::separation {
namespace {

/// The voice of a mix that is sung.
std::optional<datasets::Recording> vocals_of(const datasets::StoredRecording& mix) {
  if (!datasets::is_sung(mix.recording.kind)) return std::nullopt;
  datasets::Recording vocals = mix.recording;
  vocals.rendition = datasets::Rendition::kVocals;
  return vocals;
}

}  // namespace

datasets::DerivedSummary separate_shards(const SeparateConfig& config, const SeparateOptions& options,
                                         RunObserver& observer) {
  if (config.mixes.empty())
    throw ConfigError("separate.mixes is empty; name the folder that `melomine ingest` wrote");
  if (options.out.empty())
    throw ConfigError("data.shards is empty; name the folder that `melomine separate` shall write");
  std::unique_ptr<Separator> separator;
  datasets::DerivedJob job{.command = "separate",
                           .base = config.mixes,
                           .out = options.out,
                           .jobs = options.jobs,
                           .shard_mib = options.shard_mib,
                           .identity = {{"separator", config.separator.type()}},
                           .derived_of = vocals_of};
  for (auto& setting : config.separator->identity()) job.identity.push_back(std::move(setting));
  job.prepare = [&](const std::filesystem::path& scratch) { separator = config.separator->make({scratch}); };
  job.make = [&](const dsp::AudioBuffer& mix, const datasets::StoredRecording&) {
    return checked_vocals(mix, separator->separate(mix), config.length_tolerance_s);
  };
  return datasets::derive_shards(job, observer);
}

}  // namespace melomine::separation

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "configs/binder.h"
#include "core/progress.h"
#include "datasets/derived_shards.h"
#include "dsp/f0_track.h"
#include "synth/discrete_tones.h"

namespace melomine::synth {

/// Which timbres generated hums have.
enum class HumTimbres { kHummed, kWhistled, kBoth };

/// How hums are generated of the recordings of a corpus (system E).
struct HumCorpusConfig {
  HumTimbres timbre = HumTimbres::kBoth;  ///< both: each by an equal chance
  double keys_semitones = 5;              ///< each hum is transposed by a whole number within ± this
  double tempo = 0.15;  ///< each hum's tempo ratio is drawn within 1 / (1 + this) .. 1 + this
  int64_t seed = 1;
  ToneConfig tones;
};
void bind(configs::Binder& b, HumCorpusConfig& c);

/// Finds the pitch of a voice; called from several threads at once. @throws DataError
using PitchTracking = std::function<dsp::F0Track(std::span<const float> samples, int sample_rate_hz)>;

struct HumCorpusOptions {
  std::filesystem::path shards;  ///< of originals and covers
  std::filesystem::path out;     ///< folder of the shards with the hums behind them, and of hums.csv
  int64_t jobs = 0;              ///< recordings at once; 0 = one per processor
  int64_t shard_mib = 256;
  PitchTracking track_pitch{};
  std::string tracking{};  ///< its settings, as text: a folder begun with others is refused
};

/// Makes of a finished folder of shards one with a hum of each original and cover behind them: the tones that
/// its pitch track holds, in another key, at another tempo, hummed or whistled, as long as the recording at
/// that tempo. A recording is heard as `vocals` where it has them. Draws depend on the seed and the recording
/// alone. hums.csv, written at the end, has a group for each recording: all of it, and all of its hum, whose
/// times are one straight line.
/// What has no tones is set aside (datasets/derived_shards.h).
/// @throws as derive_shards
datasets::DerivedSummary make_hums(const HumCorpusConfig& config, const HumCorpusOptions& options,
                                   RunObserver& observer);

}  // namespace melomine::synth

#include "dsp/voice_mask.h"

#include <fmt/format.h>

#include "core/error.h"
#include "dsp/voiced_frames.h"

namespace melomine::dsp {
void bind(configs::Binder& b, VoiceMask& c) {
  b.number("level_db", c.level_db, configs::at_least(0),
           "a frame this far under the recording's loudest is a rest; 0: windows count whatever their rests");
  b.number("share", c.share, configs::between(0, 1),
           "least share of a window's frames that are no rest; others count for nothing");
  b.number(
      "min_rms", c.min_rms, configs::between(0, 1),
      "least mean RMS of a window's frames, of full scale; quieter windows count for nothing; 0: none does");
}

std::vector<uint8_t> voiced_windows(const AudioBuffer& audio, const WindowGrid& grid, const VoiceMask& mask) {
  if (!mask.on() || !(grid.length_s > 0) || !(grid.step_s > 0))
    throw ConfigError(
        fmt::format("[voice mask] needs level_db or min_rms, window and step > 0, got {}, {}, {} and {}",
                    mask.level_db, mask.min_rms, grid.length_s, grid.step_s));
  const VoicedFrames frames(audio, mask);
  std::vector<uint8_t> voiced(static_cast<size_t>(grid.windows));
  for (size_t w = 0; w < voiced.size(); ++w)
    voiced[w] = frames.hold_voice(static_cast<double>(w) * grid.step_s, grid.length_s);
  return voiced;
}

}  // namespace melomine::dsp

#include "service/stretch_audio.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "core/error.h"
#include "dsp/decode.h"
#include "dsp/wav.h"

namespace melomine::service {
namespace {

constexpr int kHeardRate_hz = 24000;

}  // namespace

std::string stretch_as_wav(const std::filesystem::path& path, double start_s, double end_s) {
  const auto first = std::llround(std::max(0.0, start_s) * kHeardRate_hz);
  const auto end = std::llround(end_s * kHeardRate_hz);
  dsp::AudioBuffer stretch{.samples = {}, .sample_rate_hz = kHeardRate_hz};
  // All is decoded, since only at the end the decoder knows whether the channels cancel each other out.
  dsp::decode_audio(path, {.sample_rate_hz = kHeardRate_hz}, [&]() -> dsp::PieceSink {
    stretch.samples.clear();
    return [&, at = int64_t{0}](std::span<const int16_t> piece) mutable {
      const auto count = static_cast<int64_t>(piece.size());
      for (int64_t i = std::max<int64_t>(0, first - at); i < std::min<int64_t>(count, end - at); ++i)
        stretch.samples.push_back(static_cast<float>(piece[static_cast<size_t>(i)]) / 32768.0f);
      at += count;
    };
  });
  if (stretch.samples.empty()) throw DataError("the song is over before this stretch begins");
  return dsp::encode_wav(stretch);
}

}  // namespace melomine::service

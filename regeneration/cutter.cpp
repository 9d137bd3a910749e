#include "regeneration/cutter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/sha256.h"
#include "dsp/decode.h"
#include "dsp/encode.h"

namespace melomine::regeneration {
namespace {

constexpr int64_t kToTheEnd = std::numeric_limits<int64_t>::max();
constexpr float kFullScale = 32768;

/// Samples [begin, end) of a recording, as far as they have come by.
struct Cut {
  size_t row = 0;
  int64_t begin = 0, end = kToTheEnd;
  std::vector<int16_t> samples;

  /// @param at  where the piece lies in the recording
  void take(std::span<const int16_t> piece, int64_t at) {
    const auto length = static_cast<int64_t>(piece.size());
    const int64_t first = std::clamp<int64_t>(begin - at, 0, length);
    const int64_t last = end == kToTheEnd ? length : std::clamp<int64_t>(end - at, first, length);
    samples.insert(samples.end(), piece.begin() + first, piece.begin() + last);
  }
};

int64_t sample_at(double time_s, int rate_hz) {
  return std::isfinite(time_s) ? std::llround(time_s * rate_hz) : kToTheEnd;
}

std::vector<Cut> plan_cuts(const WantedFragments& wanted, const WantedSource& source, int rate_hz) {
  std::vector<Cut> cuts;
  for (const size_t row : source.rows) {
    Cut cut;
    cut.row = row;
    if (!source.is_archived) {
      cut.begin = sample_at(wanted.rows[row].interval.start_s, rate_hz);
      cut.end = sample_at(wanted.rows[row].interval.end_s, rate_hz);
    }
    cuts.push_back(std::move(cut));
  }
  return cuts;
}

void write(const Cut& cut, const std::filesystem::path& file, int rate_hz) {
  dsp::AudioBuffer audio{.samples = {}, .sample_rate_hz = rate_hz};
  audio.samples.reserve(cut.samples.size());
  for (const int16_t sample : cut.samples) audio.samples.push_back(static_cast<float>(sample) / kFullScale);
  make_folder(file.parent_path());
  dsp::write_flac(file, audio);
}

}  // namespace

CutSource cut_fragments(const WantedFragments& wanted, const WantedSource& source,
                        const std::filesystem::path& audio, const std::filesystem::path& folder,
                        const CutOptions& options) {
  const int rate_hz = options.sample_rate_hz;
  std::vector<Cut> cuts;
  int64_t length = 0;
  const auto begin = [&]() -> dsp::PieceSink {
    cuts = plan_cuts(wanted, source, rate_hz);
    length = 0;
    return [&](std::span<const int16_t> piece) {
      for (Cut& cut : cuts) cut.take(piece, length);
      length += static_cast<int64_t>(piece.size());
    };
  };
  CutSource result;
  try {
    dsp::decode_audio_or_again(audio, {.sample_rate_hz = rate_hz}, begin);
  } catch (const DataError& error) {
    static_cast<void>(sha256_of_file(audio));  // what cannot be read at all is the disk's fault, and ends all
    result.reason = error.what();
    return result;
  }
  result.duration_s = static_cast<double>(length) / rate_hz;
  const int64_t tolerance = std::llround(options.tolerance_s * rate_hz);
  for (const Cut& cut : cuts) {
    const bool ends_behind = cut.end != kToTheEnd && cut.end > length + tolerance;
    if (ends_behind || cut.samples.empty())
      result.short_rows.push_back(cut.row);
    else
      write(cut, folder / fragment_path(wanted.rows[cut.row]), rate_hz);
  }
  if (result.short_rows.size() == cuts.size())
    result.reason =
        fmt::format("has {:.2f} s, its fragments end at {:.2f} s: another recording, or half of one",
                    result.duration_s, source.end_s);
  return result;
}

}  // namespace melomine::regeneration

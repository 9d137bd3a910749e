#include "melody/distortions/absurd_notes.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace melomine::melody {
namespace {

double median_of_sung(const dsp::Contour& contour) {
  std::vector<float> sung;
  for (size_t t = 0; t < contour.voiced.size(); ++t)
    if (contour.voiced[t] != 0) sung.push_back(contour.pitch_midi[t]);
  if (sung.empty()) return 0;
  const auto middle = sung.begin() + static_cast<std::ptrdiff_t>(sung.size() / 2);
  std::nth_element(sung.begin(), middle, sung.end());
  return *middle;
}

}  // namespace

void bind(configs::Binder& b, AbsurdNotesConfig& c) {
  b.integer("notes", c.notes, configs::between(1, 100), "so many at most, from 1 on");
  b.number("min_length_s", c.min_length_s, configs::above(0), "shortest note");
  b.number("max_length_s", c.max_length_s, configs::above(0), "longest note");
  b.number("semitones", c.semitones, configs::between(0, 48), "from the median pitch, at most, either way");
  b.require(c.min_length_s <= c.max_length_s, "min_length_s", "must not be above max_length_s");
}

configs::KindEntry absurd_notes_kind() {
  return configs::kind<DistortionKindOf<AbsurdNotesConfig>>("absurd_notes", "notes at absurd pitches");
}

void distort(CentredContour& centred, const AbsurdNotesConfig& config, RandomStream& random) {
  dsp::Contour& contour = centred.contour;
  const double median = median_of_sung(contour);
  if (median <= 0) return;
  const int64_t notes = 1 + random.integer(config.notes);
  for (int64_t n = 0; n < notes; ++n) {
    const int64_t begin = random.integer(contour.frames());
    const double length_s = random.uniform(config.min_length_s, config.max_length_s);
    const int64_t end =
        std::min(contour.frames(), begin + std::max<int64_t>(1, std::llround(length_s / contour.hop_s)));
    const double pitch = std::max(1.0, median + random.uniform(-config.semitones, config.semitones));
    std::fill(contour.pitch_midi.begin() + begin, contour.pitch_midi.begin() + end,
              static_cast<float>(pitch));
    std::fill(contour.voiced.begin() + begin, contour.voiced.begin() + end, uint8_t{1});
    if (contour.begins.empty()) continue;
    std::fill(contour.begins.begin() + begin, contour.begins.begin() + end, uint8_t{0});
    contour.begins[static_cast<size_t>(begin)] = 1;
  }
}

}  // namespace melomine::melody

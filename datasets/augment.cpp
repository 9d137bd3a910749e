#include "datasets/augment.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "datasets/coloured_noise.h"
#include "dsp/time_stretch.h"

namespace melomine::datasets {
namespace {

constexpr double kMaxNoiseColour = 2;
/// Mean power below which a clip counts as silence: -120 dB of full scale.
constexpr double kSilencePower = 1e-12;

double power(std::span<const float> samples) {
  double sum = 0;
  for (const float s : samples) sum += static_cast<double>(s) * s;
  return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

/// What `other` is multiplied by to lie snr_db below the clip; 0 when either is silent.
double gain_for_snr(double clip_power, double other_power, double snr_db) {
  if (clip_power < kSilencePower || other_power < kSilencePower) return 0;
  return std::sqrt(clip_power / other_power * std::pow(10, -snr_db / 10));
}

int64_t removed_samples(const ClipAugmentation& a) {
  return static_cast<int64_t>(a.splice_positions.size()) * a.splice_samples;
}

void bind_snr(configs::Binder& b, const std::string& name, double& min_db, double& max_db) {
  b.number(name + "_min_snr_db", min_db, configs::any_number(), "lowest signal-to-noise ratio, dB");
  b.number(name + "_max_snr_db", max_db, configs::any_number(), "highest signal-to-noise ratio, dB");
  b.require(min_db <= max_db, name + "_min_snr_db", "must not be above " + name + "_max_snr_db");
}

}  // namespace

void bind(configs::Binder& b, AugmentConfig& c) {
  const auto probability = [&](std::string_view key, double& value) {
    b.number(key, value, configs::between(0, 1), "share of the clips it is applied to; 0 = never");
  };
  probability("pitch_shift_probability", c.pitch_shift_probability);
  b.number("pitch_shift_semitones", c.pitch_shift_semitones, configs::between(0, 24),
           "pitch moves by up to this, either way");
  probability("time_stretch_probability", c.time_stretch_probability);
  b.number("time_stretch_min_rate", c.time_stretch_min_rate, configs::between(0.5, 2),
           "slowest tempo, relative");
  b.number("time_stretch_max_rate", c.time_stretch_max_rate, configs::between(0.5, 2),
           "fastest tempo, relative");
  b.require(c.time_stretch_min_rate <= c.time_stretch_max_rate, "time_stretch_min_rate",
            "must not be above time_stretch_max_rate");
  probability("splice_out_probability", c.splice_out_probability);
  b.integer("splice_out_intervals", c.splice_out_intervals, configs::between(0, 1000),
            "cuts taken out of a clip");
  b.integer("splice_out_samples", c.splice_out_samples, configs::at_least(0), "length of one cut, samples");
  probability("mix_probability", c.mix_probability);
  bind_snr(b, "mix", c.mix_min_snr_db, c.mix_max_snr_db);
  probability("noise_probability", c.noise_probability);
  bind_snr(b, "noise", c.noise_min_snr_db, c.noise_max_snr_db);
  probability("hum_probability", c.hum_probability);
  b.number("hum_min_cutoff_hz", c.hum_min_cutoff_hz, configs::above(0), "lowest cut-off of a hummed clip");
  b.number("hum_max_cutoff_hz", c.hum_max_cutoff_hz, configs::above(0), "highest cut-off of a hummed clip");
  b.require(c.hum_min_cutoff_hz <= c.hum_max_cutoff_hz, "hum_min_cutoff_hz",
            "must not be above hum_max_cutoff_hz");
}

ClipAugmentation draw_augmentation(const AugmentConfig& config, RandomStream& random) {
  // Everything is drawn whether used or not, each from a stream of its own, so that changing one setting
  // leaves the other augmentations of a run as they were.
  enum Draw : uint64_t { kPitch, kTempo, kSplice, kMix, kNoise, kHum };
  const uint64_t key = random.bits();
  const auto stream = [&](Draw what) { return RandomStream({key, what}); };
  ClipAugmentation a;
  RandomStream pitch = stream(kPitch), tempo = stream(kTempo), splice = stream(kSplice), mix = stream(kMix),
               noise = stream(kNoise), hum = stream(kHum);
  if (pitch.chance(config.pitch_shift_probability))
    a.semitones = pitch.uniform(-config.pitch_shift_semitones, config.pitch_shift_semitones);
  if (tempo.chance(config.time_stretch_probability))
    a.rate = tempo.uniform(config.time_stretch_min_rate, config.time_stretch_max_rate);
  if (splice.chance(config.splice_out_probability)) {
    a.splice_samples = config.splice_out_samples;
    for (int64_t i = 0; i < config.splice_out_intervals; ++i) a.splice_positions.push_back(splice.uniform());
    std::sort(a.splice_positions.begin(), a.splice_positions.end());
  }
  a.mix = mix.chance(config.mix_probability);
  a.mix_snr_db = mix.uniform(config.mix_min_snr_db, config.mix_max_snr_db);
  a.mix_draw = mix.bits();
  a.noise = noise.chance(config.noise_probability);
  a.noise_snr_db = noise.uniform(config.noise_min_snr_db, config.noise_max_snr_db);
  a.noise_colour = noise.uniform(0, kMaxNoiseColour);
  if (hum.chance(config.hum_probability))
    a.hum_cutoff_hz =
        std::exp(hum.uniform(std::log(config.hum_min_cutoff_hz), std::log(config.hum_max_cutoff_hz)));
  return a;
}

int64_t source_samples(const ClipAugmentation& augmentation, int64_t target_samples) {
  const int64_t stretched = target_samples + removed_samples(augmentation);
  return static_cast<int64_t>(std::ceil(static_cast<double>(stretched) * augmentation.rate));
}

std::vector<float> reshape_clip(std::span<const float> source, const ClipAugmentation& augmentation,
                                int64_t target_samples, int sample_rate_hz) {
  const int64_t expected = source_samples(augmentation, target_samples);
  if (static_cast<int64_t>(source.size()) != expected)
    throw ShapeError("[augment] the source must have " + std::to_string(expected) + " samples, got " +
                     std::to_string(source.size()));
  std::vector<float> clip =
      dsp::stretch_and_shift(source, augmentation.rate, augmentation.semitones, sample_rate_hz);
  // A position says before which sample of the result a cut lies, so cuts never overlap and each takes out
  // all of its samples.
  const int64_t cut = augmentation.splice_samples;
  int64_t written = 0, read = 0;
  for (const double position : augmentation.splice_positions) {
    const auto join = static_cast<int64_t>(position * static_cast<double>(target_samples));
    std::copy(clip.begin() + read, clip.begin() + read + (join - written), clip.begin() + written);
    read += join - written + cut;
    written = join;
  }
  std::copy(clip.begin() + read, clip.begin() + read + (target_samples - written), clip.begin() + written);
  clip.resize(static_cast<size_t>(target_samples));
  return clip;
}

void mix_at_snr(std::span<float> clip, std::span<const float> other, double snr_db) {
  if (clip.empty() || other.empty()) return;
  // The power is of what is heard: of a longer clip only the part that is used.
  const size_t used = std::min(clip.size(), other.size());
  double other_power = power(other.first(used));
  if (const size_t rest = clip.size() % used; used == other.size() && rest != 0) {
    const double whole = other_power * static_cast<double>(clip.size() - rest);
    other_power =
        (whole + power(other.first(rest)) * static_cast<double>(rest)) / static_cast<double>(clip.size());
  }
  const auto gain = static_cast<float>(gain_for_snr(power(clip), other_power, snr_db));
  if (gain == 0) return;
  for (size_t start = 0; start < clip.size(); start += used)
    for (size_t i = start; i < std::min(start + used, clip.size()); ++i) clip[i] += gain * other[i - start];
}

void add_noise(std::span<float> clip, double snr_db, double colour, RandomStream& random) {
  // A slope looks the same at every rate; this only sets where it begins, at 20 Hz of 16 kHz.
  constexpr int kSampleRateHz = 16000;
  mix_at_snr(clip, coloured_noise(static_cast<int64_t>(clip.size()), colour, kSampleRateHz, random), snr_db);
}

}  // namespace melomine::datasets

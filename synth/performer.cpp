#include "synth/performer.h"

#include <algorithm>
#include <cmath>

#include "synth/accompaniment.h"
#include "synth/arranger.h"
#include "synth/melody_render.h"
#include "synth/room_acoustics.h"
#include "synth/singer.h"

namespace melomine::synth {
namespace {

constexpr double kGapSpread_db = 8, kVocalSpread_db = 3, kHumNoiseSpread_db = 10;
constexpr double kActivityRelease_s = 0.05, kActivityAttack_s = 0.02;
constexpr double kActiveLevel = 0.1;  // of the voice's RMS: from here on a separator takes it for singing

double from_db(double db) {
  return std::pow(10.0, db / 20);
}

/// 1 where the voice sounds, 0 where it rests, with a separator's soft edges.
std::vector<float> vocal_activity(const dsp::AudioBuffer& voice) {
  const auto attack = static_cast<float>(1 - std::exp(-1 / (kActivityAttack_s * voice.sample_rate_hz)));
  const auto release = static_cast<float>(1 - std::exp(-1 / (kActivityRelease_s * voice.sample_rate_hz)));
  std::vector<float> activity(voice.samples.size());
  float envelope = 0;
  for (size_t i = 0; i < activity.size(); ++i) {
    const float x = std::abs(voice.samples[i]) > kActiveLevel ? 1.0f : 0.0f;
    envelope += (x > envelope ? attack : release) * (x - envelope);
    activity[i] = std::min(1.0f, 1.6f * envelope);
  }
  return activity;
}

RenderedRecording render_song(const CorpusPlan& plan, const PlannedRecording& planned, RandomStream random) {
  const CorpusConfig& c = plan.config;
  const auto seed = static_cast<uint64_t>(c.seed);
  const auto rate = static_cast<int>(c.sample_rate_hz);
  const Score& score = plan.scores[static_cast<size_t>(planned.score)];
  const std::vector<PerformedNote> melody = melody_of(score, planned.performance);
  const bool cover = planned.recording.kind == datasets::RecordingKind::kCover;
  const double duration_s = planned.performance.duration_s;

  std::vector<synth::SungNote> notes = with_words(melody, seed, planned.score, random);
  if (cover) ornament(notes, c.ornament_rate * random.uniform(0, 2), random);
  const synth::VoiceTimbre singer = draw_singer(mean_pitch(melody), random);
  dsp::AudioBuffer voice = synth::sing(notes, singer, duration_s, rate, random);
  const std::vector<float> activity = vocal_activity(voice);
  if (random.chance(0.7)) synth::add_reverb(voice, random.uniform(0.02, 0.22), random.uniform(0.3, 1.2));

  const std::vector<synth::BandEvent> events = arrange(score, planned.performance, random);
  synth::BandTimbre band_timbre = draw_band(random);
  band_timbre.tuning_semitones =
      planned.performance.transposition_semitones - std::round(planned.performance.transposition_semitones);
  const dsp::AudioBuffer band = synth::play_band(events, band_timbre, duration_s, rate, random);

  const double band_gain = from_db(-(c.vocal_db + random.uniform(-kVocalSpread_db, kVocalSpread_db)));
  const auto bleed = static_cast<float>(from_db(c.bleed_db));
  const auto gap =
      static_cast<float>(from_db(c.gap_bleed_db + random.uniform(-kGapSpread_db, kGapSpread_db)));
  RenderedRecording out{voice, voice};
  float peak = 1e-6f;
  for (size_t i = 0; i < voice.samples.size(); ++i) {
    const float b = band.samples[i];
    out.mix.samples[i] += static_cast<float>(band_gain) * b;
    out.vocals.samples[i] += (gap + (bleed - gap) * activity[i]) * b;
    peak = std::max({peak, std::abs(out.mix.samples[i]), std::abs(out.vocals.samples[i])});
  }
  const auto gain = static_cast<float>(random.uniform(0.5, 0.97) / peak);
  for (float& x : out.mix.samples) x *= gain;
  for (float& x : out.vocals.samples) x *= gain;
  return out;
}

RenderedRecording render_hum(const CorpusPlan& plan, const PlannedRecording& planned, RandomStream random) {
  const CorpusConfig& c = plan.config;
  const Score& score = plan.scores[static_cast<size_t>(planned.score)];
  const std::vector<PerformedNote> melody = melody_of(score, planned.performance);
  const std::vector<synth::SungNote> notes =
      as_hummed(melody, c, static_cast<uint64_t>(c.seed), planned.score, random);
  const synth::VoiceTimbre hummer = draw_hummer(mean_pitch(melody), random);
  RenderedRecording out;
  out.mix =
      synth::sing(notes, hummer, planned.performance.duration_s, static_cast<int>(c.sample_rate_hz), random);
  if (random.chance(0.8)) synth::add_reverb(out.mix, random.uniform(0.02, 0.3), random.uniform(0.15, 0.7));
  synth::Microphone microphone;
  microphone.low_cut_hz = random.uniform(30, 250);
  microphone.high_cut_hz = random.uniform(2500, 7500);
  microphone.noise_snr_db = c.hum_noise_db + random.uniform(-kHumNoiseSpread_db, kHumNoiseSpread_db);
  microphone.noise_exponent = random.uniform(0, 2);
  if (random.chance(0.6)) microphone.breath_db = random.uniform(-35, -8);
  if (random.chance(0.3)) microphone.mains_hum_db = random.uniform(-10, 5);
  // Quiet ones use a few percent of the range, clipped ones overrun it.
  microphone.peak = random.chance(0.15) ? random.uniform(0.02, 0.1) : random.uniform(0.2, 0.95);
  if (random.chance(c.hum_clipped_share)) microphone.peak = random.uniform(1.3, 2.5);
  synth::record_through(out.mix, microphone, random);
  return out;
}

RenderedRecording render_score(const CorpusPlan& plan, const PlannedRecording& planned) {
  std::vector<dsp::Note> notes;
  for (const PerformedNote& note :
       melody_of(plan.scores[static_cast<size_t>(planned.score)], planned.performance))
    notes.push_back({note.start_s, note.end_s, note.pitch_midi, note.velocity});
  const auto rate = static_cast<int>(plan.config.sample_rate_hz);
  RenderedRecording out;
  out.mix = render_melody(notes, rate);
  out.mix.samples.resize(static_cast<size_t>(planned.performance.duration_s * rate), 0.0f);
  return out;
}

}  // namespace

RenderedRecording render_recording(const CorpusPlan& plan, size_t index) {
  const PlannedRecording& planned = plan.recordings[index];
  const RandomStream random({static_cast<uint64_t>(plan.config.seed), stream_id("render"),
                             stream_id(planned.recording.recording_id)});
  if (planned.content != PlannedContent::kMusic) {
    RenderedRecording silent;
    silent.mix.sample_rate_hz = silent.vocals.sample_rate_hz = static_cast<int>(plan.config.sample_rate_hz);
    const auto count =
        static_cast<size_t>(planned.performance.duration_s * static_cast<double>(plan.config.sample_rate_hz));
    silent.mix.samples.assign(count, 0.0f);
    silent.vocals.samples.assign(count, 0.0f);
    return silent;
  }
  if (planned.recording.kind == datasets::RecordingKind::kHumming) return render_hum(plan, planned, random);
  if (planned.recording.kind == datasets::RecordingKind::kScore) return render_score(plan, planned);
  return render_song(plan, planned, random);
}

}  // namespace melomine::synth

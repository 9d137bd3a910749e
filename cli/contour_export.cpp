#include "cli/contour_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"
#include "dsp/contour.h"
#include "dsp/decode.h"
#include "pitch/contour_table.h"
#include "pitch/crepe.h"
#include "pitch/track_store.h"

namespace melomine::cli {
namespace {

template <class T>
void write_array(storage::hdf5::File& file, const std::string& name, const std::vector<T>& values,
                 const std::vector<hsize_t>& shape) {
  file.create_dataset<T>(name, {.shape = shape}).write_all(std::span<const T>(values));
}

/// An HDF5 file with what `fill` puts into it, and what it was made of.
void write_hdf5(const ContourExport& wanted, const pitch::F0Config& config, const dsp::AudioBuffer& audio,
                const std::function<void(storage::hdf5::File&)>& fill) {
  AtomicFile whole(wanted.out);
  {
    auto file = storage::hdf5::File::create(whole.temporary());
    fill(file);
    write_settings(file, configs::to_json(config));
    file.set_attribute("samples_sha256", pitch::sha256_of_samples(audio.samples));
    file.flush();
  }
  whole.commit();
}

std::string melody_csv(const dsp::Contour& contour) {
  std::string text = "time_s,pitch_midi,voiced\n";
  for (size_t t = 0; t < contour.pitch_midi.size(); ++t)
    text += fmt::format("{:.6g},{:.6g},{}\n", static_cast<double>(t) * contour.hop_s, contour.pitch_midi[t],
                        contour.voiced[t]);
  return text;
}

bool is_csv(const ContourExport& wanted) {
  return wanted.out.extension() == ".csv";
}

/// @returns what was written, in words
std::string export_activation(const ContourExport& wanted, const pitch::F0Config& config,
                              const dsp::AudioBuffer& audio, const pitch::CrepeTracker& tracker) {
  const dsp::FeatureMatrix matrix = tracker.activations(audio.samples, audio.sample_rate_hz);
  write_hdf5(wanted, config, audio, [&](storage::hdf5::File& file) {
    write_array(file, "activation", matrix.values,
                {static_cast<hsize_t>(matrix.bins), static_cast<hsize_t>(matrix.frames)});
  });
  return fmt::format("activation [{}, {}]", matrix.bins, matrix.frames);
}

std::string export_f0(const ContourExport& wanted, const pitch::F0Config& config,
                      const dsp::AudioBuffer& audio, const dsp::F0Track& track) {
  const auto frames = static_cast<hsize_t>(track.f0_hz.size());
  if (is_csv(wanted))
    write_file_atomically(wanted.out, pitch::timed_f0_csv(track));
  else
    write_hdf5(wanted, config, audio, [&](storage::hdf5::File& file) {
      write_array(file, "f0_hz", track.f0_hz, {frames});
      write_array(file, "voiced_probability", track.probability, {frames});
    });
  const auto voiced = std::count_if(track.f0_hz.begin(), track.f0_hz.end(), [](float f) { return f > 0; });
  return fmt::format("f0 of {} frames, {} voiced", frames, voiced);
}

std::string export_melody(const ContourExport& wanted, const pitch::F0Config& config,
                          const dsp::AudioBuffer& audio, const dsp::F0Track& track) {
  const dsp::Contour contour = dsp::contour_of(track, wanted.melody_hop_s);
  const auto frames = static_cast<hsize_t>(contour.frames());
  if (is_csv(wanted))
    write_file_atomically(wanted.out, melody_csv(contour));
  else
    write_hdf5(wanted, config, audio, [&](storage::hdf5::File& file) {
      write_array(file, "pitch_midi", contour.pitch_midi, {frames});
      write_array(file, "voiced", contour.voiced, {frames});
      file.set_attribute("melody_hop_s", contour.hop_s);
    });
  return fmt::format("melody of {} frames, {:.0f} % sung", frames,
                     100 * dsp::voiced_share(contour, 0, contour.frames()));
}

}  // namespace

void write_settings(storage::hdf5::File& file, const std::string& json) {
  const auto settings = parse_json(json);
  for (const auto& [key, value] : settings.items()) {
    if (value.is_number_integer())
      file.set_attribute(key, value.get<int64_t>());
    else if (value.is_boolean())
      file.set_attribute(key, int64_t{value.get<bool>()});
    else if (value.is_number())
      file.set_attribute(key, value.get<double>());
    else
      file.set_attribute(key, value.get<std::string>());
  }
}

void export_contour(const ContourExport& wanted) {
  if (wanted.what != "f0" && wanted.what != "melody" && wanted.what != "activation")
    throw ConfigError("melomine features: --export must be f0, melody or activation, got '" + wanted.what +
                      "'");
  pitch::F0Config config;
  if (!wanted.settings.empty()) configs::apply_overrides(config, wanted.settings);
  std::string written;
  if (wanted.what == "activation") {
    if (config.tracker.type() != "crepe")
      throw ConfigError("melomine features: --export activation needs type=crepe and its weights=FILE");
    if (is_csv(wanted)) throw ConfigError("melomine features: activations are written as HDF5, not as CSV");
    // Before decoding: settings fail at once.
    const pitch::CrepeTracker tracker(config.tracker.settings<pitch::CrepeConfig>(), config.range);
    written = export_activation(wanted, config, dsp::load_audio(wanted.audio), tracker);
  } else {
    const std::unique_ptr<pitch::F0Tracker> tracker = pitch::make_tracker(config);
    const dsp::AudioBuffer audio = dsp::load_audio(wanted.audio);
    const dsp::F0Track track = tracker->track(audio.samples, audio.sample_rate_hz);
    written = wanted.what == "f0" ? export_f0(wanted, config, audio, track)
                                  : export_melody(wanted, config, audio, track);
  }
  fmt::print("{}: {} by {}\n", wanted.out.string(), written, config.tracker.type());
}

void print_samples_sha256(const std::filesystem::path& audio) {
  fmt::print("{}\n", pitch::sha256_of_samples(dsp::load_audio(audio).samples));
}

}  // namespace melomine::cli

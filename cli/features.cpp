#include <fmt/format.h>

#include <filesystem>

#include "cli/command.h"
#include "cli/contour_export.h"
#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "dsp/cqt_feature.h"
#include "dsp/decode.h"
#include "dsp/log_magnitude.h"
#include "pitch/f0.h"
#include "storage/hdf5.h"

namespace melomine::cli {
namespace {

/// What a reader needs to interpret the matrix: the settings of its own type alone.
void describe(storage::hdf5::File& file, dsp::FeatureConfig config) {
  if (config.feature.type() == "cqt") {  // where 0 says C1
    auto& own = config.feature.settings<dsp::CqtFeatureConfig>();
    own.fmin_hz = dsp::cqt_config(own, config.grid).fmin_hz;
  }
  write_settings(file, configs::to_json(config));
}

void write_features(const std::filesystem::path& path, const dsp::FeatureConfig& config,
                    const dsp::FeatureMatrix& matrix, bool linear, double floor_db) {
  AtomicFile whole(path);
  {
    auto file = storage::hdf5::File::create(whole.temporary());
    auto dataset = file.create_dataset<float>(
        "features", {.shape = {static_cast<hsize_t>(matrix.bins), static_cast<hsize_t>(matrix.frames)}});
    dataset.write_all(std::span<const float>(matrix.values));
    describe(file, config);
    file.set_attribute("scale", std::string(linear ? "linear" : "log"));
    if (!linear) file.set_attribute("floor_db", floor_db);
    file.flush();
  }
  whole.commit();
}

/// Its examples hold the settings and their defaults.
CommandHelp features_help() {
  return {.name = "features",
          .summary = "Compute a feature of an audio file: CQT, mel, STFT, RMS, or its pitch.",
          .usage = "AUDIO --out FILE.h5 [--linear | --export WHAT] [key=value ...]",
          .examples =
              "  melomine features song.mp3 --out song.h5\n"
              "  melomine features song.mp3 --out song.h5 --linear hop_samples=256 octaves=8 "
              "fmin_hz=16.35\n"
              "  melomine features hum.wav --out hum.h5 type=mel n_fft=1024 hop_samples=256 bands=80\n"
              "  melomine features hum.wav --out hum.csv --export f0\n"
              "  melomine features hum.wav --out hum.csv --export melody type=crepe weights=crepe.h5\n"
              "  melomine features hum.wav --out hum.h5 --export activation type=crepe weights=crepe.h5\n"
              "  melomine features hum.wav --sha256\n\n"
              "settings and their defaults (key=value):\n" +
              configs::to_yaml(dsp::FeatureConfig{}, true) + "\nthose of --export:\n" +
              configs::to_yaml(pitch::F0Config{}, true)};
}

int run_features(const Arguments& args) {
  po::options_description options("Options");
  options.add_options()("audio", po::value<std::string>(), "any audio file FFmpeg decodes")(
      "out", po::value<std::string>(), "HDF5 file to write: dataset features, float32 [F, T]")(
      "export", po::value<std::string>(),
      "in place of a feature: f0 (time_s, f0_hz, voiced_probability), melody (pitch_midi, voiced) or "
      "activation (of CREPE); CSV where FILE ends in .csv")(
      "melody-hop-s", po::value<double>()->default_value(0.1), "of --export melody: seconds of a frame")(
      "sha256", po::bool_switch(), "print the SHA-256 of the samples, as the tracker `table` asks for it")(
      "linear", po::bool_switch(), "linear magnitude; otherwise decibels, 1 = loudest bin, 0 = floor")(
      "floor-db", po::value<double>()->default_value(80), "decibels under the loudest bin that become 0")(
      "settings", po::value<std::vector<std::string>>(), "key=value settings of the feature");
  const auto values = parse_arguments(features_help(), options, {"audio", "settings*"}, args);
  if (!values) return 0;
  require_options(features_help(), *values, {"audio"});
  if ((*values)["sha256"].as<bool>()) {
    print_samples_sha256((*values)["audio"].as<std::string>());
    return 0;
  }
  require_options(features_help(), *values, {"out"});
  std::vector<std::string> settings;
  if (values->count("settings") > 0) settings = (*values)["settings"].as<std::vector<std::string>>();
  if (values->count("export") > 0) {
    export_contour({.what = (*values)["export"].as<std::string>(),
                    .audio = (*values)["audio"].as<std::string>(),
                    .out = (*values)["out"].as<std::string>(),
                    .melody_hop_s = (*values)["melody-hop-s"].as<double>(),
                    .settings = settings});
    return 0;
  }

  dsp::FeatureConfig config;
  if (!settings.empty()) configs::apply_overrides(config, settings);
  const bool linear = (*values)["linear"].as<bool>();
  const double floor_db = (*values)["floor-db"].as<double>();
  if (!linear && !(floor_db > 0))
    throw ConfigError(fmt::format("melomine features: --floor-db must be > 0, got {}", floor_db));
  const auto extractor = dsp::make_feature_extractor(config);  // before decoding: settings fail at once
  const auto audio = dsp::load_audio((*values)["audio"].as<std::string>(),
                                     {.sample_rate_hz = static_cast<int>(config.grid.sample_rate_hz)});
  dsp::FeatureMatrix matrix = extractor->extract(audio.samples);
  if (!linear) dsp::normalise_log_magnitude(matrix.values, floor_db);
  const std::string out = (*values)["out"].as<std::string>();
  write_features(out, config, matrix, linear, floor_db);
  fmt::print("{}: {} [{}, {}], {:.2f} s of audio\n", out, config.feature.type(), matrix.bins, matrix.frames,
             audio.duration_s());
  return 0;
}

}  // namespace

Command features_command() {
  return {features_help(), run_features};
}

}  // namespace melomine::cli

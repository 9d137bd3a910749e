#include <cmath>
#include <stdexcept>

#include "core/atomic_file.h"
#include "dsp/contour.h"
#include "dsp/decode.h"
#include "dsp/encode.h"
#include "dsp/midi.h"
#include "dsp/wav.h"
#include "service/upload.h"
#include "tests/campaign/target.h"
#include "tests/support/ffmpeg.h"

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;

constexpr double kLongest_s = 600;
constexpr double kContourHop_s = 0.1;

/// A tone that glides, 0.7 s of it.
dsp::AudioBuffer made_audio() {
  dsp::AudioBuffer audio;
  audio.samples.resize(11200);
  for (size_t i = 0; i < audio.samples.size(); ++i) {
    const double t = static_cast<double>(i) / audio.sample_rate_hz;
    audio.samples[i] = static_cast<float>(0.5 * std::sin(6.283 * (300 + 200 * t) * t));
  }
  return audio;
}

void read_audio(const fs::path&, const fs::path& file) {
  dsp::told_duration_s(file);
  dsp::holds_audio(file);
  const auto loaded = dsp::load_audio_and_repairs(file, {.max_duration_s = kLongest_s});
  for (const float sample : loaded.audio.samples)
    if (!(std::abs(sample) <= 1)) throw std::logic_error("a sample is outside [-1, 1]");
  if (loaded.audio.duration_s() > kLongest_s + 1) throw std::logic_error("longer than was asked for");
}

/// A file in a format that the `ffmpeg` command writes.
Target coded(const std::string& ending, const std::vector<std::string>& options) {
  const auto make = [ending, options](const fs::path& folder) {
    const fs::path wav = folder / "plain.wav", file = folder / ("audio." + ending);
    dsp::write_wav(wav, made_audio());
    std::vector<std::string> words = {"-i", wav.string()};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(file.string());
    testing::ffmpeg(words);
    return std::vector<fs::path>{file};
  };
  return {.family = "audio",
          .name = ending,
          .make = make,
          .read = read_audio,
          .words = {"RIFF",     "RF64",
                    "WAVE",     "data",
                    "fmt ",     "LIST",
                    "fLaC",     "OggS",
                    "ID3",      "TAG",
                    "APETAGEX", "ftyp",
                    "moov",     "mdat",
                    "stts",     "stsz",
                    "elst",     "Xing",
                    "LAME",     "OpusHead",
                    "\xff\xfb", "\x1a\x45\xdf\xa3"}};
}

void upload(const fs::path&, const fs::path& file) {
  service::decode_upload(read_file(file), kLongest_s);
}

std::string big_endian_bytes(uint64_t value, int count) {
  std::string bytes;
  for (int i = count; i-- > 0;) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

std::string midi_chunk(const std::string& kind, const std::string& body) {
  return kind + big_endian_bytes(body.size(), 4) + body;
}

/// Two parts of a tempo and 20 notes.
std::string midi_bytes(int format) {
  std::string track("\x00\xff\x51\x03\x07\xa1\x20\x00\xff\x03\x06MELODY", 17);
  for (int i = 0; i < 20; ++i) {
    const char key = static_cast<char>(60 + i % 7), channel = static_cast<char>(0x90 | (i % 2));
    track += std::string{0x10, channel, key, 0x50, 0x60, channel, key, 0};
  }
  track += std::string("\x81\x00\xff\x2f\x00", 5);
  std::string file =
      midi_chunk("MThd", big_endian_bytes(static_cast<uint64_t>(format), 2) +
                             big_endian_bytes(format == 0 ? 1 : 2, 2) + big_endian_bytes(480, 2));
  for (int i = 0; i <= format; ++i) file += midi_chunk("MTrk", track);
  return file;
}

std::string riff_midi_bytes() {
  const std::string midi = midi_bytes(0);
  const auto little = [](size_t value) {
    std::string bytes = big_endian_bytes(value, 4);
    return std::string(bytes.rbegin(), bytes.rend());
  };
  return "RIFF" + little(midi.size() + 12) + "RMIDdata" + little(midi.size()) + midi;
}

Target midi(const std::string& name, const std::string& bytes) {
  const auto make = [bytes](const fs::path& folder) {
    write_file_atomically(folder / "tune.mid", bytes);
    return std::vector<fs::path>{folder / "tune.mid"};
  };
  const auto read = [](const fs::path&, const fs::path& file) {
    dsp::is_midi(file);
    const auto notes = dsp::melody_of(dsp::read_midi(file), file.string());
    for (const dsp::Note& note : notes)
      if (!(note.start_s >= 0 && note.end_s >= note.start_s && std::isfinite(note.end_s)))
        throw std::logic_error("a note without a time");
    dsp::contour_of(notes, kContourHop_s);
  };
  return {
      .family = "midi",
      .name = name,
      .make = make,
      .read = read,
      .words = {"MThd", "MTrk", "RIFF", "RMID", "data", std::string("\xff\x2f\x00", 3), "\xff\xff\xff\x7f",
                std::string("\xff\x51\x03\x00\x00\x01", 6), "\xf0", "\xf7", "\x80\x80\x80\x80"}};
}

}  // namespace

std::vector<Target> audio_targets() {
  // clang-format off
  std::vector<Target> targets = {
      coded("wav", {}),
      coded("flac", {}),
      coded("mp3", {"-b:a", "64k"}),
      coded("m4a", {"-c:a", "aac"}),
      coded("aac", {}),
      coded("ogg", {"-c:a", "libvorbis"}),
      coded("opus", {"-c:a", "libopus"}),
      coded("webm", {"-c:a", "libopus"}),
      coded("w64", {"-c:a", "pcm_f32le"}),
      coded("aiff", {}),
      coded("caf", {"-c:a", "pcm_s24le"}),
      coded("au", {}),
      coded("wma", {}),
      coded("mka", {"-c:a", "ac3"}),
      coded("wv", {}),
      coded("ts", {"-c:a", "aac"}),
  };
  // clang-format on
  Target uploaded = coded("upload.wav", {});
  uploaded.name = "upload";
  uploaded.read = upload;
  targets.push_back(uploaded);
  targets.push_back(midi("midi_format_0", midi_bytes(0)));
  targets.push_back(midi("midi_format_1", midi_bytes(1)));
  targets.push_back(midi("midi_riff", riff_midi_bytes()));
  return targets;
}

}  // namespace melomine::campaign

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "dsp/audio_buffer.h"

namespace melomine::dsp {

struct DecodeOptions {
  int sample_rate_hz = 16000;
  double max_duration_s = 0;  ///< longer files are an error; 0 = no limit
};

/// What decoding mended to keep a recording; nothing of an intact file.
struct DecodeRepairs {
  int64_t gaps = 0;            ///< holes in the time stamps, filled with silence
  double gap_s = 0;            ///< of all of them
  double first_gap_s = 0;      ///< where the first one begins
  int64_t restarts = 0;        ///< times at which the time stamps went back; what follows is put behind
  int64_t skipped_places = 0;  ///< between or behind the frames, where bytes hold no audio
  int only_channel = 0;  ///< from 1: all that was taken, since the channels cancel each other out; 0 = all

  bool any() const { return gaps > 0 || restarts > 0 || skipped_places > 0 || only_channel > 0; }
  /// In words, "" when there were none.
  std::string text() const;
};

struct DecodeResult {
  int64_t samples = 0;  ///< delivered
  DecodeRepairs repairs;
};

/// Gets consecutive pieces of samples.
using PieceSink = std::function<void(std::span<const int16_t>)>;

/// Longest hole that is filled with silence, s.
constexpr double kLongestGap_s = 30;

/// Decodes any audio file FFmpeg's libraries know, recognised by its content, to mono 16-bit samples
/// (channels averaged), piece by piece so that memory does not grow with the file. Where the time stamps show
/// a hole, silence of its length stands in its place, so that what follows lies where its time says.
/// @param begin  called once, and a second time if the average turns out to lose the recording (opposite
///               channels): the sink it returns gets the whole file from its start
/// @throws DataError with the reason (no audio stream, unknown format, damaged, a gap too long, …)
DecodeResult decode_audio(const std::filesystem::path& path, const DecodeOptions& options,
                          const std::function<PieceSink()>& begin);

struct LoadedAudio {
  AudioBuffer audio;
  DecodeRepairs repairs;
};

/// The whole file at once, samples / 32768, and what was mended, which is for the caller to tell.
/// @throws DataError as decode_audio
LoadedAudio load_audio_and_repairs(const std::filesystem::path& path, const DecodeOptions& options = {});

/// The same; what was mended is logged as a warning.
AudioBuffer load_audio(const std::filesystem::path& path, const DecodeOptions& options = {});

/// Whether FFmpeg finds an audio stream in a file, by its content. It may be damaged all the same.
bool holds_audio(const std::filesystem::path& path);

}  // namespace melomine::dsp

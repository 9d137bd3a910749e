#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dsp/audio_buffer.h"
#include "dsp/decode_repairs.h"

namespace melomine::dsp {

struct DecodeOptions {
  int sample_rate_hz = 16000;
  double max_duration_s = 0;  ///< longer files are an error; 0 = no limit
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
/// a hole, also in front of the first frame, silence of its length stands in its place, so that what follows
/// lies where its time says.
/// @param begin  called once, and a second time if the average turns out to lose the recording (opposite
///               channels): the sink it returns gets the whole file from its start
/// @throws DataError with the reason (no audio stream, unknown format, damaged, a gap too long, …)
DecodeResult decode_audio(const std::filesystem::path& path, const DecodeOptions& options,
                          const std::function<PieceSink()>& begin);

/// The same for who sets a recording aside for good: what fails is tried once more.
DecodeResult decode_audio_or_again(const std::filesystem::path& path, const DecodeOptions& options,
                                   const std::function<PieceSink()>& begin);

struct LoadedAudio {
  AudioBuffer audio;
  DecodeRepairs repairs;
};

/// The whole file at once, samples / 32768, and what was mended, which is for the caller to tell.
/// @throws DataError as decode_audio; Cancelled
LoadedAudio load_audio_and_repairs(const std::filesystem::path& path, const DecodeOptions& options = {});

/// The same; what was mended is logged as a warning.
AudioBuffer load_audio(const std::filesystem::path& path, const DecodeOptions& options = {});

/// How long a file says it is, without decoding it: for progress. Nothing where it tells none or is none.
std::optional<double> told_duration_s(const std::filesystem::path& path);

/// Whether FFmpeg finds an audio stream in a file, by its content. It may be damaged all the same.
bool holds_audio(const std::filesystem::path& path);

}  // namespace melomine::dsp

#pragma once

#include <filesystem>
#include <optional>

#include "dsp/ffmpeg_handles.h"

namespace melomine::dsp {

/// A file whose best audio stream is ready to be decoded.
struct AudioFile {
  ffmpeg::Input input;
  AVStream* stream = nullptr;  ///< of `input`, which discards the others
  ffmpeg::Codec codec;
};

/// Recognises a local file by its content and opens its best audio stream. Nothing that a playlist names is
/// read. @throws DataError with the reason
AudioFile open_audio_file(const std::filesystem::path& path);

/// How long the audio stream is by its container's header; nothing where the container tells only its own
/// length, which a longer video beside the audio may set, or none.
/// @param begins_s  the audio's first time stamp: a container's own length counts from zero
std::optional<double> declared_duration_s(const AudioFile& file, double begins_s);

/// Whether it is an Ogg file with nothing but the audio in it.
bool is_single_ogg(const AudioFile& file);

/// Whether the container stores when each packet sounds; elsewhere FFmpeg counts bytes or frames.
bool has_time_stamps(const AudioFile& file);

/// Whether the container only puts frames or plain samples end to end, so that tags and padding between or
/// behind them, or half a sample at the end, look like frames that cannot be decoded.
bool is_bare_stream(const AudioFile& file);

}  // namespace melomine::dsp

#pragma once

#include <string>
#include <string_view>

#include "dsp/audio_buffer.h"

namespace melomine::service {

/// What bytes look like by how they begin.
struct AudioKind {
  std::string_view ending;  ///< of a file's name, with its dot
  std::string_view type;    ///< of HTTP's Content-Type
};
/// ".bin" and application/octet-stream where they look like nothing known.
AudioKind kind_of_audio(std::string_view bytes);

/// Decodes bytes of any container that FFmpeg reads, to 16 kHz. They lie in memory alone meanwhile, in a file
/// without a name that is gone with the call, however it ends.
/// @param max_duration_s  longer ones are refused
/// @throws DataError with the reason, which names no file
dsp::AudioBuffer decode_upload(std::string_view bytes, double max_duration_s);

}  // namespace melomine::service

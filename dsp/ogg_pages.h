#pragma once

#include <filesystem>

namespace melomine::dsp {

/// What the pages of an Ogg file with a single stream tell of its completeness. FFmpeg reads over what is
/// missing.
struct OggEnds {
  /// The pages' numbers jump between the headers and the first page of audio.
  bool lacks_first_pages = false;
  /// The last page is cut, or is not marked as the stream's last.
  bool lacks_last_page = false;
};

OggEnds ogg_ends(const std::filesystem::path& path);

}  // namespace melomine::dsp

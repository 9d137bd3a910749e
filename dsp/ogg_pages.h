#pragma once

#include <filesystem>

namespace melomine::dsp {

// What the pages of an Ogg file with a single stream tell of its completeness. FFmpeg reads over what is
// missing.

/// Whether the pages' numbers jump between the headers and the first page of audio.
bool ogg_lacks_first_pages(const std::filesystem::path& path);

/// Whether the last page is cut, or is not marked as the stream's last.
bool ogg_lacks_last_page(const std::filesystem::path& path);

}  // namespace melomine::dsp

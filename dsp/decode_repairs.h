#pragma once

#include <cstdint>
#include <string>

namespace melomine::dsp {

/// What decoding mended, or noticed, to keep a recording; nothing of an intact file.
struct DecodeRepairs {
  int64_t gaps = 0;            ///< holes in the time stamps, filled with silence
  double gap_s = 0;            ///< of all of them
  double first_gap_s = 0;      ///< where the first one begins
  int64_t restarts = 0;        ///< times at which the time stamps went back; what follows is put behind
  int64_t skipped_places = 0;  ///< between or behind the frames, where bytes hold no audio
  int only_channel = 0;  ///< from 1: all that was taken, since the channels cancel each other out; 0 = all
  bool lacks_last_page = false;  ///< an Ogg file is cut, as far as its last page tells
  double undeclared_s = 0;       ///< audio beyond what the header declares, as of files put end to end
  double short_gap_s = 0;        ///< lost in gaps too short to be filled, all together

  bool any() const {
    return gaps > 0 || restarts > 0 || skipped_places > 0 || only_channel > 0 || lacks_last_page ||
           undeclared_s > 0 || short_gap_s > 0;
  }
  /// In words, "" when there were none.
  std::string text() const;
};

}  // namespace melomine::dsp

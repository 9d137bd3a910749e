#pragma once

#include "layouts/published_set.h"

namespace melomine::layouts {

/// Jang's corpus MIR-QBSH: hums of 8 s, each from the beginning of one of 48 songs.
///
///     midiFile/{NNNNN}.mid        also MIDI/ or midi/; songList.txt (Big5, between tabs) says how many
///     recordings midiFile/songList.txt       a song has; without it the numbers are those that were
///     published waveFile/**/{NNNNN}.wav     in folders of any depth; NNNNN is the song's id
///
/// @param root  the corpus, or the folder that it was unpacked in
/// @throws DataError where it is not laid out so
PublishedSet read_mir_qbsh(const std::filesystem::path& root);

}  // namespace melomine::layouts

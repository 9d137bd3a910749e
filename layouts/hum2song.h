#pragma once

#include "layouts/published_set.h"

namespace melomine::layouts {

/// Zalo's Hum to Song: hums and the parts of songs that they are of.
///
///     train/train_meta.csv      id of the song and the paths of a hum and of a part of the song, in columns
///                               whose names say so (music_id, song_path, hum_path)
///     train/hum/NNNN.mp3
///     train/song/NNNN.mp3
///
/// Paths are looked for from the table's folder, from those above it, and by their last two names. Several
/// parts of one song have its id as group. The public test is laid out as hum/ and full_song/ and has no
/// table; with one of the same columns it is read, too.
/// @param root  the folder of the table, one above it, or the table
/// @throws DataError where it is not laid out so
PublishedSet read_hum2song(const std::filesystem::path& root);

}  // namespace melomine::layouts

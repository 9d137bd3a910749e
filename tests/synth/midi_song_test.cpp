#include "synth/midi_song.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/temp_folder.h"

namespace melomine::synth {
namespace {

/// A file of format 0 at 100 ticks a quarter: forty notes of half a beat up and down a scale.
std::string tune() {
  std::string events;
  for (int n = 0; n < 40; ++n) {
    const char key = static_cast<char>(60 + (n % 14 < 7 ? n % 7 : 7 - n % 7));
    events += std::string("\0\x90", 2) + key + std::string("\x50\x60", 2) + std::string("\x80", 1) + key +
              std::string("\0", 1);
  }
  events += std::string("\0\xff\x2f\0", 4);
  const auto n = events.size();
  return "MThd" + std::string("\0\0\0\6\0\0\0\1\0\x64", 10) + "MTrk" + std::string("\0\0", 2) +
         static_cast<char>(n >> 8) + static_cast<char>(n) + events;
}

TEST(MidiSong, FilesAreFoundByNameOrContent) {
  const testing::TempFolder folder;
  std::filesystem::create_directory(folder / "deep");
  for (const char* name : {"a.mid", "b.MIDI", "c.Mid", "d.kar", "deep/e.RMI", "deep/f"})
    write_file_atomically(folder / name, tune());
  write_file_atomically(folder / "broken.mid", "MThd and no more");
  write_file_atomically(folder / "cover.jpg", "a picture");
  write_file_atomically(folder / "._a.mid", tune());
  std::vector<std::string> titles;
  for (const Score& score : scores_from_midi(folder.path(), 6, 20, RandomStream({1})))
    titles.push_back(score.title);
  EXPECT_THAT(titles, ::testing::UnorderedElementsAre("a", "b", "c", "d", "e", "f"));
  try {
    scores_from_midi(folder.path(), 7, 20, RandomStream({1}));
    FAIL();
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), ::testing::HasSubstr("7 songs asked for, 6 usable MIDI files of 7 found"));
  }
}

}  // namespace
}  // namespace melomine::synth

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace melomine::dsp {

struct Note {
  double start_s = 0;
  double end_s = 0;
  double pitch_midi = 60;  ///< 69 = A4 = 440 Hz; fractions are cents
  double velocity = 0.8;   ///< 0..1
};

/// A part: the notes of one channel in one track chunk, so that a file of format 0, which has a single chunk,
/// comes apart as one of format 1 does.
struct MidiTrack {
  std::string name;
  bool percussion = false;  ///< channel 10
  std::vector<Note> notes;  ///< by start
};

/// Whether a file is a standard MIDI file by its content, bare or in a wrapper that read_midi opens.
bool is_midi(const std::filesystem::path& path);

/// A standard MIDI file (formats 0 and 1), bare or wrapped as RIFF MIDI (.rmi) or MacBinary; times in seconds
/// by its own tempo map or SMPTE rate. A note that is never ended lasts to the next onset of its part, and
/// leaves the ends of later notes of its key to them. Where a key is struck again while it sounds and every
/// note has its end, as in legato and in voices that share a channel, the first begun is the first ended:
/// melody_of then cuts it where the key is struck again, as instruments do. A note whose key is above 127 is
/// left out, with a warning. @throws DataError, also for one longer than a day
std::vector<MidiTrack> read_midi(const std::filesystem::path& path);

/// The sung line: the track named MELODY (in any case, blanks aside), else the busiest that is not
/// percussion, made monophonic (the highest of notes that sound together; overlaps cut). @throws DataError
/// when there is no note
std::vector<Note> melody_of(const std::vector<MidiTrack>& tracks, const std::string& file_name);

}  // namespace melomine::dsp

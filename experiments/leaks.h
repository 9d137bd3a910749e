#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace melomine::experiments {

/// How something that is evaluated on is known to be trained on.
enum class LeakKind {
  kId,       ///< the same YouTube id
  kAudio,    ///< near enough the same audio: a copy, however coded, scaled, resampled or cut
  kNotes,    ///< the same tune as notes, in any key and tempo, or so long a part of it that it is no accident
  kPassage,  ///< a short passage of the tune as notes: a quotation, or an accident
  kTitle,    ///< the same title
};

/// "id", "audio", "notes", "passage", "title".
std::string to_string(LeakKind kind);
/// Whether it is one for certain, and not only a hint: passages and titles are hints.
bool is_proof(LeakKind kind);

/// A recording or tune that is evaluated on and one that is trained on.
struct Leak {
  LeakKind kind = LeakKind::kAudio;
  std::string evaluated, evaluated_in;  ///< id; "song 's4' (held out)", "set 'a', set 'b'"
  std::string trained, trained_in;      ///< id; "song 's9'", "melodies"
  double alike = 1;        ///< 0..1: share of the landmarks or notes that agree (retrieval/near_duplicates.h)
  int64_t matched = 0;     ///< landmarks or notes that agree; 0 of ids and titles
  double bits = 0;         ///< evidence of notes (retrieval/shared_passages.h), else 0
  double evaluated_s = 0;  ///< where what they share begins in the one
  double trained_s = 0;    ///< and in the other
  std::string text;        ///< what is the same of ids and titles
};

/// "recording 'x' (song 's4', held out) …", one sentence without a stop.
std::string describe(const Leak& leak);

/// A row per leak with the fields' names as columns, and `proof` (docs/formats.md). @throws DataError
void write_leaks(const std::filesystem::path& file, const std::vector<Leak>& leaks);
/// @throws DataError for a file that write_leaks did not write
std::vector<Leak> read_leaks(const std::filesystem::path& file);

/// The words of a title by which two are the same: lower case, without diacritics of Latin letters, what
/// stands in brackets, what follows "feat.", "ft." or "featuring", and punctuation. Other scripts stay as
/// they are. "" where nothing is left.
std::string title_key(const std::string& title);

}  // namespace melomine::experiments

#pragma once

#include <map>
#include <string>
#include <vector>

#include "datasets/fragment_groups.h"

namespace melomine::datasets {

/// Where the melody of a window lies in its song's original.
struct Stretch {
  std::string original_id;  ///< "" = not known
  std::vector<TimeInterval>
      parts;  ///< of the original, in order and disjoint: the window, and where it repeats
};

/// Whether two stretches are known to be different ones of one original.
bool are_apart(const Stretch& a, const Stretch& b);

/// Which stretches of originals hold one melody (ours). Two that one place of a recording is mapped to do: a
/// cover's chorus that was found in two choruses of the original, a hum whose truth has a row for each
/// occurrence, an original that truth maps to itself.
class Stretches {
 public:
  explicit Stretches(const std::vector<FragmentGroup>& groups);
  /// @param window  in the group's time, seconds
  Stretch of(const FragmentGroup& group, const TimeInterval& window) const;

 private:
  /// Two stretches with the same melody.
  struct Repeat {
    TimeInterval here, there;
  };
  static void add_repeats(std::vector<SameNotes> places, std::vector<Repeat>& repeats);
  std::map<std::string, std::vector<Repeat>> repeats_;  ///< by original; each from both of its sides
};

}  // namespace melomine::datasets

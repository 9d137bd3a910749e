#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace melomine::layouts {

/// Names that a checklist gives of each thing that it counts.
inline constexpr size_t kNamedFirst = 10;

/// How many of one thing a published set should hold, and how many were found.
struct ChecklistPart {
  std::string what;                       ///< in the plural: "queries"
  int64_t expected = 0;                   ///< by the set's own lists, else as it was published
  int64_t found = 0;                      ///< of these; above `expected` where the set has grown
  std::vector<std::string> missing = {};  ///< names of the first few that were not found
};

/// What of a published set is there: papers report it beside every figure.
struct Checklist {
  std::string layout;          ///< "MIR-QBSH"
  std::filesystem::path root;  ///< where it was read
  std::vector<ChecklistPart> parts = {};
  int64_t unread_rows = 0;               ///< rows of its lists that could not be used
  std::vector<std::string> unread = {};  ///< the first few: "query.list: line 3: has no second column"
  std::vector<std::string> notes = {};   ///< what whoever uses the set should know

  /// Counts one more of the part that was added last. @param name  told where it is not there
  void tally(const std::string& name, bool is_there);
  void add_unread(std::string row);
  /// Whether nothing is missing and every row could be used.
  bool complete() const;
  /// "4,398 of 4,431 queries, 48 of 48 references; missing: a.wav, b.wav, … 31 more; 1 row not read: …"
  std::string text() const;
};

/// "4,431"
std::string with_thousands(int64_t count);

}  // namespace melomine::layouts

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regeneration/regenerate.h"
#include "regeneration/statement.h"
#include "regeneration/wanted.h"

namespace melomine::regeneration {

/// What became of a row.
struct RowFate {
  bool is_had = false;
  double duration_s = 0;  ///< of the fragment, where it is had
};

/// A recording of which fragments are missing.
struct MissingSource {
  const WantedSource* source = nullptr;
  int64_t fragments = 0;  ///< that are missing
  std::string reason;
  bool is_absent = false;  ///< there is no file
  bool has_some = false;   ///< other fragments of it could be cut
};

/// Writes the tables of a regeneration, each whole or not at all, in the order of the wanted rows.
/// @param fates  of wanted.rows
/// @returns what they count
/// @throws DataError for a file that cannot be written, or a faulty table of splits
Availability write_tables(const WantedFragments& wanted, const std::vector<RowFate>& fates,
                          const std::vector<MissingSource>& missing, const RegenerateOptions& options);

}  // namespace melomine::regeneration

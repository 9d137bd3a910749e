#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace melomine::campaign {

/// A file as damage or malice may leave it: one to four changes of what it was: bits flipped, bytes and
/// numbers replaced by extremes, its end cut, blocks deleted, repeated, moved, exchanged, lines and numbers
/// of a text replaced, brackets nested deeply. Equal streams give equal mutants.
/// @param words  of the format, which take the place of something or come in between
std::string mutant_of(std::string_view original, const std::vector<std::string>& words, RandomStream& random);

/// Mutants grow to so many bytes at most.
inline constexpr size_t kLongestMutant_bytes = 4u << 20;

}  // namespace melomine::campaign

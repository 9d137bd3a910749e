#include "datasets/verdict.h"

#include <array>
#include <utility>

#include "core/error.h"

namespace melomine::datasets {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 5> kWords = {{{Verdict::kNone, ""},
                                                                         {Verdict::kRelevant, "relevant"},
                                                                         {Verdict::kUncertain, "uncertain"},
                                                                         {Verdict::kAccepted, "accepted"},
                                                                         {Verdict::kRejected, "rejected"}}};

}  // namespace

std::string to_string(Verdict verdict) {
  for (const auto& [value, word] : kWords)
    if (value == verdict) return std::string(word);
  return "";
}

Verdict parse_verdict(std::string_view word) {
  for (const auto& [value, known] : kWords)
    if (known == word) return value;
  throw DataError("unknown verdict '" + std::string(word) +
                  "'; known: accepted, rejected, relevant, uncertain, or nothing");
}

bool is_match(Verdict verdict) {
  return verdict != Verdict::kUncertain && verdict != Verdict::kRejected;
}

}  // namespace melomine::datasets

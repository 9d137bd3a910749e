#include "datasets/recording.h"

#include "core/error.h"

namespace melomine::datasets {

std::string to_string(RecordingKind kind) {
  switch (kind) {
    case RecordingKind::kOriginal:
      return "original";
    case RecordingKind::kCover:
      return "cover";
    case RecordingKind::kHumming:
      return "humming";
  }
  return "original";
}

RecordingKind recording_kind(std::string_view word) {
  if (word == "original") return RecordingKind::kOriginal;
  if (word == "cover") return RecordingKind::kCover;
  if (word == "humming") return RecordingKind::kHumming;
  throw DataError("unknown kind of recording '" + std::string(word) + "'; known: cover, humming, original");
}

}  // namespace melomine::datasets

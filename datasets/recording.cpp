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
    case RecordingKind::kScore:
      return "score";
  }
  return "original";
}

RecordingKind recording_kind(std::string_view word) {
  if (word == "original") return RecordingKind::kOriginal;
  if (word == "cover") return RecordingKind::kCover;
  if (word == "humming") return RecordingKind::kHumming;
  if (word == "score") return RecordingKind::kScore;
  throw DataError("unknown kind of recording '" + std::string(word) +
                  "'; known: cover, humming, original, score");
}

bool is_sung(RecordingKind kind) {
  return kind == RecordingKind::kOriginal || kind == RecordingKind::kCover;
}

std::string to_string(Rendition rendition) {
  return rendition == Rendition::kVocals ? "vocals" : "mix";
}

Rendition rendition(std::string_view word) {
  if (word == "mix") return Rendition::kMix;
  if (word == "vocals") return Rendition::kVocals;
  throw DataError("unknown rendition '" + std::string(word) + "'; known: mix, vocals");
}

std::string Recording::key() const {
  return rendition == Rendition::kMix ? recording_id : recording_id + '\n' + to_string(rendition);
}

}  // namespace melomine::datasets

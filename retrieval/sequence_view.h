#pragma once

#include <cstdint>

#include "retrieval/fingerprint_sequence.h"

namespace melomine::retrieval {

/// A fingerprint sequence that somebody else owns: [steps, dim], row-major, any row norms.
template <class T>
struct SequenceView {
  const T* values = nullptr;
  int64_t steps = 0;
  int64_t dim = 0;
  const uint8_t* voiced = nullptr;  ///< [steps] as FingerprintSequence::voiced; null: all count
};

inline SequenceView<float> view(const FingerprintSequence& sequence) {
  return {sequence.values.data(), sequence.steps, sequence.dim,
          sequence.voiced.empty() ? nullptr : sequence.voiced.data()};
}

}  // namespace melomine::retrieval

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
};

inline SequenceView<float> view(const FingerprintSequence& sequence) {
  return {sequence.values.data(), sequence.steps, sequence.dim};
}

}  // namespace melomine::retrieval

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/sequence_view.h"

namespace melomine::retrieval {

/// What the number 1 is in 16-bit fixed point: a value is round(value * kFixedOne).
inline constexpr int16_t kFixedOne = 32767;
/// How far above 1 the norm of a row may lie that is made fixed.
inline constexpr double kNormSlack = 1e-3;

/// Fingerprints of a library in 16-bit fixed point: [steps, dim], row-major, each row of unit L2 norm or, a
/// rest, of zeros. Somebody else owns them, a mapped file as a rule; they need no alignment, though rows that
/// begin at a multiple of 32 bytes are read faster. A product of two rows, and every part of it, fits 32 bits
/// by Cauchy and Schwarz, so sums of products are exact whatever their order.
struct FixedView {
  const int16_t* values = nullptr;
  int64_t steps = 0;
  int64_t dim = 0;

  const int16_t* row(int64_t step) const { return values + step * dim; }
};

/// Makes rows fixed. Steps that do not count become zeros; a norm a little above 1 becomes 1.
/// @param out  [steps, dim]
/// @throws DataError for a row that is not finite or of a norm above 1 + kNormSlack
void to_fixed(SequenceView<float> rows, int16_t* out);
/// [steps, dim], to within 1 / (2 * kFixedOne)
std::vector<float> from_fixed(FixedView rows);

/// A query made ready to meet thousands of fixed references.
class FixedQuery {
 public:
  /// @throws ShapeError where it is empty, and as to_fixed
  explicit FixedQuery(SequenceView<float> query);

  int64_t steps() const { return steps_; }
  int64_t dim() const { return dim_; }
  FixedView view() const { return {reinterpret_cast<const int16_t*>(blocks_.data()), steps_, dim_}; }

  /// [steps] of each step Σ_d x and Σ_d x² in units of fixed point, and 1 where it counts, else 0.
  const std::vector<double>& sums() const { return sums_; }
  const std::vector<double>& squares() const { return squares_; }
  const std::vector<double>& voiced() const { return voiced_; }
  double voiced_steps() const { return voiced_steps_; }

  /// Ends of groups of consecutive steps: in each of the kFixedLanes sums into which the products with any
  /// reference's rows are dealt out, those of a group fit 32 bits.
  std::span<const int64_t> group_ends() const { return group_ends_; }

 private:
  struct alignas(64) Block {
    int16_t values[32];
  };
  void find_groups();

  int64_t steps_, dim_;
  std::vector<Block> blocks_;  ///< [steps, dim], aligned
  std::vector<double> sums_, squares_, voiced_;
  double voiced_steps_ = 0;
  std::vector<int64_t> group_ends_;
};

}  // namespace melomine::retrieval

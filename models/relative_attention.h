#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "core/random.h"
#include "models/sequence_layers.h"

namespace melomine::models {

/// How attention knows where its inputs stand.
enum class Positions {
  kRelative,  ///< by the distance i - j, in every layer (Dai et al. 2019)
  kAbsolute,  ///< by sinusoids added to the input once (Vaswani et al. 2017)
};

/// Places first, first + step, …
struct PositionRange {
  int64_t first, count, step;
};

/// Sinusoids of Vaswani et al. 2017, section 3.5: at place p column 2k holds sin(p / 10000^(2k / width)),
/// column 2k + 1 the cosine.
/// @param width  even
/// @param like   on whose device they lie; float64 where that is, else float32
/// @returns      [count, width]
torch::Tensor sinusoids(const PositionRange& range, int64_t width, const torch::Tensor& like);

/// R of relative attention over T inputs: rows for the distances T - 1, T - 2, …, -(T - 1). [2T - 1, d]
torch::Tensor distance_sinusoids(int64_t inputs, int64_t width, const torch::Tensor& like);

/// Multi-head self-attention, everything attends to everything. Maps have no bias, as in both papers.
///
/// Relative (Dai et al. 2019, section 3.3): before the softmax over j input i gives input j, in each head,
///   ((q_i + u) · k_j + (q_i + v) · W_R R_(i-j)) / sqrt(d / heads),
/// q, k and the values linear in the inputs, u and v learned for each head. Absolute: q_i · k_j / sqrt(d /
/// heads).
class SelfAttention : public torch::nn::Module {
 public:
  struct Shape {
    int64_t width, heads;  ///< width d is a multiple of the heads
    Positions positions = Positions::kRelative;
  };
  SelfAttention(const Shape& shape, const RandomStream& random);
  /// @param x          [B, T, d]
  /// @param distances  distance_sinusoids of T; undefined where positions are absolute
  /// @returns          [B, T, d]
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& distances);
  /// What goes into the softmax over the last axis. @returns [B, heads, T (i), T (j)]
  torch::Tensor scores(const torch::Tensor& x, const torch::Tensor& distances);

 private:
  torch::Tensor in_heads(const torch::Tensor& x) const;

  Shape shape_;
  std::shared_ptr<Projection> query_, key_, value_, output_, position_;
  torch::Tensor content_bias_, position_bias_;  ///< u, v: [heads, d / heads]
};

}  // namespace melomine::models

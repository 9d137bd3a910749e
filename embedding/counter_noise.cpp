#include "embedding/counter_noise.h"

#include <bit>
#include <numbers>

namespace melomine::embedding {
namespace {

constexpr int64_t kStep = std::bit_cast<int64_t>(uint64_t{0x9e3779b97f4a7c15});
constexpr int64_t kFirst = std::bit_cast<int64_t>(uint64_t{0xbf58476d1ce4e5b9});
constexpr int64_t kSecond = std::bit_cast<int64_t>(uint64_t{0x94d049bb133111eb});

/// The shift of unsigned numbers, which libtorch's integers are not.
torch::Tensor shifted(const torch::Tensor& values, int64_t bits) {
  return torch::bitwise_right_shift(values, bits).bitwise_and_((int64_t{1} << (64 - bits)) - 1);
}

}  // namespace

torch::Tensor counter_noise(const std::vector<uint64_t>& keys, int64_t count, torch::Device device) {
  const torch::NoGradGuard no_graph;
  const auto rows = static_cast<int64_t>(keys.size()), pairs = (count + 1) / 2;
  auto names = torch::empty({rows, 1}, torch::kInt64);
  for (int64_t r = 0; r < rows; ++r)
    names.data_ptr<int64_t>()[r] = std::bit_cast<int64_t>(keys[static_cast<size_t>(r)]);
  const auto places = torch::arange(1, pairs + 1, torch::TensorOptions(torch::kInt64).device(device));
  auto bits = names.to(device) + places * kStep;
  bits.bitwise_xor_(shifted(bits, 30)).mul_(kFirst);
  bits.bitwise_xor_(shifted(bits, 27)).mul_(kSecond);
  bits.bitwise_xor_(shifted(bits, 31));
  const auto radius =
      shifted(bits, 32).to(torch::kFloat32).add_(0.5).mul_(0x1.0p-32).log_().mul_(-2).clamp_min_(0).sqrt_();
  const auto angle =
      bits.bitwise_and_(int64_t{0xffffffff}).to(torch::kFloat32).mul_(2 * std::numbers::pi * 0x1.0p-32);
  return torch::stack({radius * angle.cos(), radius * angle.sin()}, 2).flatten(1).narrow(1, 0, count);
}

}  // namespace melomine::embedding

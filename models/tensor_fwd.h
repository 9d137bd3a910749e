#pragma once

/// The name `torch::Tensor`, for declarations that are read without libtorch.
namespace at {
class Tensor;
}
namespace torch {
using at::Tensor;
}

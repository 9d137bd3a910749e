#include "models/describe_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <numeric>

#include "models/safetensors.h"

namespace melomine::models {
namespace {

namespace fs = std::filesystem;

bool is_safetensors(const fs::path& path) {
  if (!fs::is_regular_file(path)) return false;
  std::array<char, 9> head{};
  std::ifstream in(path, std::ios::binary);
  return in.read(head.data(), head.size()) && begins_as_safetensors({head.data(), head.size()});
}

Description inspect_safetensors(const fs::path& path, const DescribeOptions&) {
  const SafetensorsHeader header = read_safetensors_header(path);
  Description tensors = Description::object();
  int64_t values = 0;
  uint64_t wanted = header.data_start;
  for (const TensorInfo& tensor : header.tensors) {
    values += std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t{1}, std::multiplies<>());
    wanted = std::max(wanted, header.data_start + tensor.offset + tensor.bytes);
    tensors[tensor.name] = fmt::format("{} [{}]", tensor.dtype, fmt::join(tensor.shape, ","));
  }
  Description result = {{"what", "checkpoint (safetensors)"},
                        {"metadata", header.metadata},
                        {"values", values},
                        {"tensors", tensors}};
  if (const uint64_t present = fs::file_size(path); present < wanted)
    result["damage"] = {fmt::format("truncated: {} of {} bytes are there", present, wanted)};
  return result;
}

}  // namespace

Describer describe_checkpoint() {
  return {is_safetensors, inspect_safetensors};
}

}  // namespace melomine::models

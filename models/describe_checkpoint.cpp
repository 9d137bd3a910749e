#include "models/describe_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "core/error.h"
#include "core/json_text.h"

namespace melomine::models {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestHeader = 100'000'000;  // as safetensors' own reader

bool is_safetensors(const fs::path& path) {
  if (!fs::is_regular_file(path)) return false;
  std::ifstream in(path, std::ios::binary);
  std::array<unsigned char, 9> head{};
  if (!in.read(reinterpret_cast<char*>(head.data()), head.size())) return false;
  uint64_t bytes = 0;
  for (size_t i = 8; i-- > 0;) bytes = bytes << 8 | head[i];
  return head[8] == '{' && bytes >= 2 && bytes <= kLargestHeader && bytes + 8 <= fs::file_size(path);
}

Description inspect_safetensors(const fs::path& path, const DescribeOptions&) {
  std::ifstream in(path, std::ios::binary);
  uint64_t bytes = 0;
  for (int i = 0; i < 8; ++i) bytes |= static_cast<uint64_t>(in.get()) << (8 * i);
  std::string text(bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(bytes));
  const Description header = Description::parse(text, nullptr, false);
  if (header.is_discarded() || !header.is_object()) throw DataError(path.string(), "header", "is not JSON");
  Description tensors = Description::object();
  int64_t parameters = 0;
  uint64_t data_end = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    int64_t count = 1;
    for (const auto& extent : entry.at("shape")) count *= extent.get<int64_t>();
    parameters += count;
    data_end = std::max(data_end, entry.at("data_offsets").at(1).get<uint64_t>());
    tensors[name] = fmt::format("{} {}", entry.at("dtype").get<std::string>(), json_text(entry.at("shape")));
  }
  Description result = {{"what", "checkpoint (safetensors)"},
                        {"metadata", header.value("__metadata__", Description::object())},
                        {"values", parameters},
                        {"tensors", tensors}};
  const uint64_t wanted = 8 + bytes + data_end, present = fs::file_size(path);
  if (present < wanted)
    result["damage"] = {fmt::format("truncated: {} of {} bytes are there", present, wanted)};
  return result;
}

}  // namespace

Describer describe_checkpoint() {
  return {is_safetensors, inspect_safetensors};
}

}  // namespace melomine::models

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The safetensors container (huggingface.co/docs/safetensors): 8 bytes little-endian header length, a JSON
/// header, then all tensors end to end. No code is ever run by reading one. This file does without torch.
namespace melomine::models {

/// One tensor as the header describes it.
struct TensorInfo {
  std::string name;
  std::string dtype;           ///< "F64", "F32", "F16", "BF16", "I64", …
  std::vector<int64_t> shape;  ///< row-major; empty: a scalar
  uint64_t offset = 0;         ///< bytes from the start of the data
  uint64_t bytes = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<TensorInfo> tensors;  ///< in the order of the data
  uint64_t data_start = 0;          ///< bytes from the start of the file
};

/// Whether a file's first nine bytes, at least, are those of a safetensors file.
bool begins_as_safetensors(std::string_view head);

/// The header, of a file that may be cut short behind it. @throws DataError naming the file and the tensor
/// that is wrong
SafetensorsHeader read_safetensors_header(const std::filesystem::path& path);

/// Reads and checks the header only, however large the file: lengths, types, that the tensors tile the data
/// without gap or overlap, and that the file ends with the last of them.
/// @throws DataError naming the file and the tensor that is wrong
SafetensorsHeader safetensors_header(const std::filesystem::path& path);

/// Reads one tensor's bytes into `out`, which holds `info.bytes`. @throws DataError
void read_tensor_bytes(const std::filesystem::path& path, const SafetensorsHeader& header,
                       const TensorInfo& info, void* out);

/// A tensor to write: `info.offset` and `info.bytes` are not read; `data` is row-major, little-endian.
struct TensorView {
  TensorInfo info;
  const void* data = nullptr;
};

/// Writes the file whole or not at all. Tensors are ordered by size of element (largest first, so that each
/// is aligned), then by name: equal content gives equal bytes. @throws DataError
void write_safetensors(const std::filesystem::path& path, std::vector<TensorView> tensors,
                       const std::map<std::string, std::string>& metadata);

/// Bytes of one element, 0 for a type this does not know.
size_t safetensors_element_bytes(const std::string& dtype);

}  // namespace melomine::models

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace melomine::pitch {

/// An array of real numbers, row-major.
struct NamedArray {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

/// The arrays of a file of weights by their names: "conv1.kernel" of a Keras file, whose scopes
/// (conv1/conv1_3,
/// ":0") are left out, or "conv1.weight" of a PyTorch state dict.
class NamedArrays {
 public:
  enum class Kind { kKeras, kTorch };

  NamedArrays(Kind kind, std::string file, std::map<std::string, NamedArray> arrays)
      : kind_(kind), file_(std::move(file)), arrays_(std::move(arrays)) {}
  Kind kind() const { return kind_; }
  const std::string& file() const { return file_; }
  /// @throws DataError naming the file and the array that it lacks
  const NamedArray& get(const std::string& name) const;

 private:
  Kind kind_;
  std::string file_;
  std::map<std::string, NamedArray> arrays_;
};

/// Told apart by content: HDF5 as Keras saves weights, or the zip of torch.save. Nothing that a pickle names
/// is run.
/// @throws DataError for any other file, or a damaged one
NamedArrays read_named_arrays(const std::filesystem::path& path);

}  // namespace melomine::pitch

#include "pitch/named_arrays.h"

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "pitch/torch_state.h"
#include "storage/hdf5.h"

namespace melomine::pitch {
namespace {

/// "conv1-BN" and "gamma:0" → "conv1-BN.gamma".
std::string without_scopes(const std::string& layer, const std::string& name) {
  return layer + "." + name.substr(0, name.find(':'));
}

NamedArray read_array(const storage::hdf5::Dataset& dataset) {
  NamedArray array;
  array.shape.assign(dataset.shape().begin(), dataset.shape().end());
  array.values = dataset.read_all<float>();
  return array;
}

/// Scopes within scopes that a layer may have; a damaged file may lead in circles.
constexpr size_t kLongestPath = 400;

/// Arrays below one layer, however deep the scopes in between.
void read_arrays_below(const storage::hdf5::File& file, const std::string& layer, const std::string& folder,
                       std::map<std::string, NamedArray>& arrays) {
  for (const std::string& name : file.names(folder)) {
    const std::string path = fmt::format("{}/{}", folder, name);
    if (path.size() > kLongestPath) throw DataError(file.path(), layer, "has groups without end");
    if (!file.is_array(path)) {
      read_arrays_below(file, layer, path, arrays);
      continue;
    }
    const storage::hdf5::Dataset dataset = file.open_dataset(path);
    if (dataset.is_numeric()) arrays[without_scopes(layer, name)] = read_array(dataset);
  }
}

NamedArrays read_keras(const std::filesystem::path& path) {
  const auto file = storage::hdf5::File::open(path);
  // A whole model has its weights in a group beside the optimizer's.
  const std::string root = file.has("model_weights") ? "model_weights" : "";
  std::map<std::string, NamedArray> arrays;
  for (const std::string& layer : root.empty() ? file.names() : file.names(root)) {
    const std::string folder = root.empty() ? layer : fmt::format("{}/{}", root, layer);
    if (!file.is_array(folder)) read_arrays_below(file, layer, folder, arrays);
  }
  return {NamedArrays::Kind::kKeras, path.string(), std::move(arrays)};
}

}  // namespace

const NamedArray& NamedArrays::get(const std::string& name) const {
  const auto found = arrays_.find(name);
  if (found != arrays_.end()) return found->second;
  std::string known;
  for (const auto& [other, array] : arrays_) known += (known.empty() ? "" : ", ") + other;
  throw DataError(file_, name, "is not there; the file has " + (known.empty() ? "no arrays" : known));
}

NamedArrays read_named_arrays(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  if (storage::hdf5::is_hdf5(path)) return read_keras(path);
  if (is_torch_state(bytes))
    return {NamedArrays::Kind::kTorch, path.string(), read_torch_state(bytes, path.string())};
  throw DataError(path.string(), "",
                  "is neither HDF5 as Keras saves weights nor a zip as torch.save writes since PyTorch 1.6");
}

}  // namespace melomine::pitch

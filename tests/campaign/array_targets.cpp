#include <cstring>
#include <stdexcept>

#include "core/atomic_file.h"
#include "library/npy_file.h"
#include "models/safetensors.h"
#include "pitch/named_arrays.h"
#include "pitch/torch_state.h"
#include "tests/campaign/target.h"
#include "tests/pitch/crepe_files.h"

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kColumns = 16;

std::vector<fs::path> make_checkpoint(const fs::path& folder) {
  const std::vector<float> weights(600, 0.25f);
  const std::vector<int64_t> step = {7};
  models::write_safetensors(
      folder / "last.safetensors",
      {{{.name = "encoder.conv.weight", .dtype = "F32", .shape = {20, 30}}, weights.data()},
       {{.name = "encoder.bias", .dtype = "F32", .shape = {10}}, weights.data()},
       {{.name = "step", .dtype = "I64", .shape = {}}, step.data()},
       {{.name = "empty", .dtype = "F16", .shape = {0, 3}}, weights.data()}},
      {{"model", "type: resnet18\n"}, {"step", "7"}});
  return {folder / "last.safetensors"};
}

/// As a checkpoint is read: its header, then each tensor into memory of its shape.
void read_checkpoint(const fs::path&, const fs::path& file) {
  models::begins_as_safetensors(read_file(file).substr(0, 16));
  const models::SafetensorsHeader header = models::safetensors_header(file);
  for (const models::TensorInfo& tensor : header.tensors) {
    std::string values(tensor.bytes, '\0');
    models::read_tensor_bytes(file, header, tensor, values.data());
  }
}

std::vector<fs::path> make_npy(const fs::path& folder) {
  library::NpyWriter writer(folder / "rows.npy", kColumns);
  for (int16_t row = 0; row < 40; ++row) writer.append(std::vector<int16_t>(kColumns, row));
  writer.finish();
  return {folder / "rows.npy"};
}

void read_npy(const fs::path&, const fs::path& file) {
  const library::MappedNpy rows(file, kColumns);
  int64_t sum = 0;
  for (int64_t row = 0; row < rows.rows(); ++row)
    for (int64_t column = 0; column < kColumns; ++column) sum += rows.row(row)[column];
  if (sum > INT16_MAX * rows.rows() * kColumns) throw std::logic_error("impossible values");
}

/// Small arrays by the names that torch.save gives: quicker than a whole network, the same instructions.
std::vector<fs::path> make_torch_state(const fs::path& folder) {
  std::map<std::string, pitch::NamedArray> arrays;
  arrays["conv1/kernel"] = {{4, 1, 1, 3}, std::vector<float>(12, 0.5f)};
  arrays["conv1/bias"] = {{3}, {1, 2, 3}};
  arrays["conv1-BN/gamma"] = {{3}, {1, 2, 3}};
  arrays["classifier/kernel"] = {{6, 2}, std::vector<float>(12, 0.5f)};
  write_file_atomically(folder / "state.pt", testing::torch_bytes(arrays));
  return {folder / "state.pt"};
}

void read_torch_state(const fs::path&, const fs::path& file) {
  const std::string bytes = read_file(file);
  if (!pitch::is_torch_state(bytes)) pitch::read_named_arrays(file);
  for (const auto& [name, array] : pitch::read_torch_state(bytes, file.string())) {
    int64_t size = 1;
    for (const int64_t extent : array.shape) size *= extent;
    if (size != static_cast<int64_t>(array.values.size())) throw std::logic_error("shape and values differ");
  }
}

std::vector<fs::path> make_keras(const fs::path& folder) {
  std::map<std::string, pitch::NamedArray> arrays;
  arrays["conv1/kernel"] = {{4, 1, 1, 3}, std::vector<float>(12, 0.5f)};
  arrays["conv1/bias"] = {{3}, {1, 2, 3}};
  testing::write_keras_file(folder / "weights.h5", arrays);
  return {folder / "weights.h5"};
}

void read_weights(const fs::path&, const fs::path& file) {
  pitch::read_named_arrays(file).get("conv1.kernel");
}

}  // namespace

std::vector<Target> array_targets() {
  return {{.family = "safetensors",
           .name = "checkpoint",
           .make = make_checkpoint,
           .read = read_checkpoint,
           .words = {"\"__metadata__\"", "\"shape\":[", "\"data_offsets\":[0,0]", "\"dtype\":\"F64\"", "F32",
                     "I64", "[1152921504606846976]", "{", "}", ",", "-1", "18446744073709551615"}},
          {.family = "arrays",
           .name = "npy",
           .make = make_npy,
           .read = read_npy,
           .words = {"'shape': (", "'descr': '<i2'", "fortran_order", "True", "(1152921504606846976, 16)",
                     "(-1, 16)"}},
          {.family = "arrays",
           .name = "torch_state",
           .make = make_torch_state,
           .read = read_torch_state,
           .words = {"PK\1\2", "PK\3\4", "PK\5\6", "cos\nsystem\n", "(lp0\n", "X", "\x8a\x08", "tR.",
                     "FloatStorage", "_rebuild_tensor_v2", "\x80\x04", "h", "q", "0", "1", "2"}},
          {.family = "hdf5", .name = "keras_weights", .make = make_keras, .read = read_weights}};
}

}  // namespace melomine::campaign

#include "pitch/crepe_weights.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "core/error.h"
#include "pitch/named_arrays.h"

namespace melomine::pitch {
namespace {

/// Of the published networks' batch normalisation.
constexpr float kVarianceFloor = 0.001F;
/// A panel holds 16 channels, of which the narrowest layer has four times the capacity.
constexpr int64_t kCapacityStep = 4, kLargestCapacity = 64;

/// Names of a layer's arrays and the order of their axes in one kind of file.
struct Spelling {
  bool keras = false;

  std::string kernel(const std::string& layer) const { return layer + (keras ? ".kernel" : ".weight"); }
  std::string normalisation(const std::string& layer, const char* keras_name, const char* torch_name) const {
    return layer + (keras ? "-BN." : "_BN.") + (keras ? keras_name : torch_name);
  }
};

std::string text_of(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

const NamedArray& array_of(const NamedArrays& arrays, const std::string& name,
                           const std::vector<int64_t>& shape) {
  const NamedArray& array = arrays.get(name);
  if (array.shape != shape)
    throw DataError(
        arrays.file(), name,
        "has the shape " + text_of(array.shape) + " where CREPE of this size has " + text_of(shape));
  for (const float value : array.values)
    if (!std::isfinite(value)) throw DataError(arrays.file(), name, "holds a number that is not finite");
  return array;
}

CrepeLayer read_layer(const NamedArrays& arrays, const Spelling& spelling, const std::string& name,
                      CrepeLayer layer) {
  const int64_t taps = layer.taps, inputs = layer.inputs, outputs = layer.outputs;
  if (spelling.keras) {
    layer.kernel = array_of(arrays, spelling.kernel(name), {taps, 1, inputs, outputs}).values;
  } else {
    const auto& kernel = array_of(arrays, spelling.kernel(name), {outputs, inputs, taps, 1}).values;
    layer.kernel.resize(kernel.size());
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t i = 0; i < inputs; ++i)
        for (int64_t j = 0; j < taps; ++j)
          layer.kernel[static_cast<size_t>((j * inputs + i) * outputs + o)] =
              kernel[static_cast<size_t>((o * inputs + i) * taps + j)];
  }
  const auto of_outputs = [&](const std::string& array) { return array_of(arrays, array, {outputs}).values; };
  layer.bias = of_outputs(name + ".bias");
  layer.scale = of_outputs(spelling.normalisation(name, "gamma", "weight"));
  layer.shift = of_outputs(spelling.normalisation(name, "beta", "bias"));
  const auto mean = of_outputs(spelling.normalisation(name, "moving_mean", "running_mean"));
  const auto variance = of_outputs(spelling.normalisation(name, "moving_variance", "running_var"));
  for (size_t o = 0; o < mean.size(); ++o) {
    layer.scale[o] /= std::sqrt(variance[o] + kVarianceFloor);
    layer.shift[o] -= mean[o] * layer.scale[o];
  }
  return layer;
}

void read_classifier(const NamedArrays& arrays, const Spelling& spelling, CrepeWeights& weights) {
  const int64_t inputs = 4 * weights.layers.back().outputs;
  weights.classifier_bias = array_of(arrays, "classifier.bias", {kCrepeBins}).values;
  if (spelling.keras) {
    weights.classifier = array_of(arrays, spelling.kernel("classifier"), {inputs, kCrepeBins}).values;
    return;
  }
  const auto& kernel = array_of(arrays, spelling.kernel("classifier"), {kCrepeBins, inputs}).values;
  weights.classifier.resize(kernel.size());
  for (int64_t b = 0; b < kCrepeBins; ++b)
    for (int64_t i = 0; i < inputs; ++i)
      weights.classifier[static_cast<size_t>(i * kCrepeBins + b)] =
          kernel[static_cast<size_t>(b * inputs + i)];
}

/// Channels of the first convolution, which say how large the network is.
int64_t capacity_of(const NamedArrays& arrays, const Spelling& spelling) {
  const std::string name = spelling.kernel("conv1");
  const std::vector<int64_t>& shape = arrays.get(name).shape;
  const int64_t channels = shape.size() == 4 ? shape[spelling.keras ? 3 : 0] : 0;
  if (channels < 32 * kCapacityStep || channels > 32 * kLargestCapacity ||
      channels % (32 * kCapacityStep) != 0)
    throw DataError(arrays.file(), name,
                    "has the shape " + text_of(shape) +
                        "; CREPE's first convolution has 128 channels (tiny) or a multiple of them");
  return channels / 32;
}

}  // namespace

std::array<int64_t, kCrepeLayers> crepe_channels(int64_t capacity) {
  return {32 * capacity, 4 * capacity, 4 * capacity, 4 * capacity, 8 * capacity, 16 * capacity};
}

CrepeWeights read_crepe_weights(const std::filesystem::path& path) {
  const NamedArrays arrays = read_named_arrays(path);
  const Spelling spelling{arrays.kind() == NamedArrays::Kind::kKeras};
  const auto channels = crepe_channels(capacity_of(arrays, spelling));
  CrepeWeights weights;
  for (size_t i = 0; i < weights.layers.size(); ++i)
    weights.layers[i] = read_layer(arrays, spelling, fmt::format("conv{}", i + 1),
                                   {.taps = i == 0 ? kCrepeFirstTaps : kCrepeTaps,
                                    .inputs = i == 0 ? 1 : channels[i - 1],
                                    .outputs = channels[i],
                                    .kernel = {},
                                    .bias = {},
                                    .scale = {},
                                    .shift = {}});
  read_classifier(arrays, spelling, weights);
  return weights;
}

}  // namespace melomine::pitch

#pragma once

#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/atomic_file.h"
#include "core/random.h"
#include "pitch/crepe_weights.h"
#include "pitch/named_arrays.h"

namespace melomine::testing {

using pitch::NamedArray;

inline std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  return all;
}

/// What a Keras file of CREPE's smallest size holds, by "layer/array", drawn at random.
inline std::map<std::string, NamedArray> random_crepe_arrays(uint64_t seed) {
  RandomStream random({seed});
  std::map<std::string, NamedArray> arrays;
  const auto draw = [&](const std::string& name, std::vector<int64_t> shape, double mean, double deviation) {
    NamedArray array{std::move(shape), {}};
    size_t size = 1;
    for (const int64_t extent : array.shape) size *= static_cast<size_t>(extent);
    for (size_t i = 0; i < size; ++i)
      array.values.push_back(static_cast<float>(random.normal(mean, deviation)));
    arrays[name] = std::move(array);
  };
  const std::vector<int64_t> channels = {128, 16, 16, 16, 32, 64};
  int64_t inputs = 1;
  for (size_t i = 0; i < channels.size(); ++i) {
    const std::string name = "conv" + std::to_string(i + 1);
    const int64_t taps = i == 0 ? 512 : 64, outputs = channels[i];
    draw(name + "/kernel", {taps, 1, inputs, outputs}, 0,
         1.5 / std::sqrt(static_cast<double>(taps * inputs)));
    draw(name + "/bias", {outputs}, 0, 0.1);
    draw(name + "-BN/gamma", {outputs}, 0.5, 1);  // some turn the order around
    draw(name + "-BN/beta", {outputs}, 0, 0.5);
    draw(name + "-BN/moving_mean", {outputs}, 0.4, 0.1);
    draw(name + "-BN/moving_variance", {outputs}, 1, 0.1);
    inputs = outputs;
  }
  draw("classifier/kernel", {256, 360}, 0, 0.1);
  draw("classifier/bias", {360}, -1, 0.5);
  return arrays;
}

/// "conv1/kernel" → dataset conv1/conv1_3/kernel:0, as Keras writes it.
inline void write_keras_file(const std::filesystem::path& path,
                             const std::map<std::string, NamedArray>& arrays) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  for (const auto& [name, array] : arrays) {
    const std::string layer = name.substr(0, name.find('/'));
    const std::string dataset = joined({layer, "/", layer, "_3", name.substr(layer.size()), ":0"});
    const std::vector<hsize_t> shape(array.shape.begin(), array.shape.end());
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t set =
        H5Dcreate2(file, dataset.c_str(), H5T_IEEE_F32LE, space, links, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data());
    H5Dclose(set);
    H5Sclose(space);
  }
  H5Pclose(links);
  H5Fclose(file);
}

/// Bytes of a zip of stored files.
inline std::string zip_of(const std::map<std::string, std::string>& files) {
  std::string zip, directory;
  const auto number = [](uint64_t value, size_t bytes) {
    std::string text;
    for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
    return text;
  };
  for (const auto& [name, content] : files) {
    // Version, flags, method, times and checksum, then the sizes.
    const std::string both = joined({std::string(14, '\0'), number(content.size(), 4),
                                     number(content.size(), 4), number(name.size(), 2), number(0, 2)});
    directory += joined({"PK\1\2", number(0, 2), both, std::string(10, '\0'), number(zip.size(), 4), name});
    zip += joined({"PK\3\4", both, name, content});
  }
  const auto count = files.size();
  return zip + directory + "PK\5\6" + number(0, 4) + number(count, 2) + number(count, 2) +
         number(directory.size(), 4) + number(zip.size(), 4) + number(0, 2);
}

/// The same arrays as torch.save writes the state dict of a module.
inline std::string torch_bytes(const std::map<std::string, NamedArray>& keras) {
  const std::map<std::string, std::string> names = {{"kernel", "weight"},
                                                    {"bias", "bias"},
                                                    {"gamma", "weight"},
                                                    {"beta", "bias"},
                                                    {"moving_mean", "running_mean"},
                                                    {"moving_variance", "running_var"}};
  const auto text = [](const std::string& value) {
    std::string coded = "X";
    for (size_t i = 0; i < 4; ++i) coded += static_cast<char>(value.size() >> (8 * i) & 255);
    return coded + value;
  };
  const auto integer = [](int64_t value) {
    std::string coded = "J";
    for (size_t i = 0; i < 4; ++i) coded += static_cast<char>(value >> (8 * i) & 255);
    return coded;
  };
  const std::string ordered = "ccollections\nOrderedDict\n)R";
  std::map<std::string, std::string> files;
  std::string pickle = "\x80\x02" + ordered + "(";
  for (const auto& [keras_name, array] : keras) {
    const size_t slash = keras_name.find('/');
    std::string layer = keras_name.substr(0, slash);
    std::replace(layer.begin(), layer.end(), '-', '_');
    std::vector<int64_t> shape = array.shape;
    std::vector<float> values = array.values;
    if (keras_name.ends_with("/kernel")) {  // [taps, 1, in, out] → [out, in, taps, 1]; [in, out] → [out, in]
      const int64_t taps = shape.size() == 4 ? shape[0] : 1, in = shape[shape.size() - 2], out = shape.back();
      for (int64_t j = 0; j < taps; ++j)
        for (int64_t i = 0; i < in; ++i)
          for (int64_t o = 0; o < out; ++o)
            values[static_cast<size_t>((o * in + i) * taps + j)] =
                array.values[static_cast<size_t>((j * in + i) * out + o)];
      shape = shape.size() == 4 ? std::vector<int64_t>{out, in, taps, 1} : std::vector<int64_t>{out, in};
    }
    const std::string key = std::to_string(files.size());
    files["archive/data/" + key] =
        std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    std::string extents, strides;
    int64_t stride = 1;
    for (size_t axis = shape.size(); axis-- > 0; stride *= shape[axis]) strides.insert(0, integer(stride));
    for (const int64_t extent : shape) extents += integer(extent);
    pickle += joined({text(joined({layer, ".", names.at(keras_name.substr(slash + 1))})),
                      "ctorch._utils\n_rebuild_tensor_v2\n((", text("storage"), "ctorch\nFloatStorage\n",
                      text(key), text("cpu"), integer(stride), "tQK", std::string(1, '\0'), "(", extents,
                      "t(", strides, "t\x89", ordered, "tR"});
  }
  files["archive/data.pkl"] = pickle + "u.";
  return zip_of(files);
}

/// [360] of one frame: CREPE as it is defined, in double precision, a loop for each sum.
inline std::vector<double> crepe_by_definition(const std::map<std::string, NamedArray>& arrays,
                                               const std::vector<float>& frame) {
  std::vector<double> x(frame.begin(), frame.end());
  size_t places = 1024, inputs = 1;
  for (int layer = 1; layer <= 6; ++layer) {
    const std::string name = "conv" + std::to_string(layer);
    const auto& kernel = arrays.at(name + "/kernel");
    const auto of = [&](const char* array, size_t o) -> double { return arrays.at(name + array).values[o]; };
    const size_t stride = layer == 1 ? 4 : 1, taps = static_cast<size_t>(kernel.shape[0]);
    const size_t before = (taps - stride) / 2, outputs = static_cast<size_t>(kernel.shape[3]),
                 out = places / stride;
    std::vector<double> y(out / 2 * outputs, -1e300);
    for (size_t p = 0; p < out; ++p) {
      std::vector<double> sums(outputs);
      for (size_t j = 0; j < taps; ++j) {
        const size_t n = p * stride + j;
        if (n < before || n - before >= places) continue;
        for (size_t i = 0; i < inputs; ++i)
          for (size_t o = 0; o < outputs; ++o)
            sums[o] += x[(n - before) * inputs + i] *
                       static_cast<double>(kernel.values[(j * inputs + i) * outputs + o]);
      }
      for (size_t o = 0; o < outputs; ++o) {
        const double rectified = std::max(0.0, sums[o] + of("/bias", o));
        const double normalised = (rectified - of("-BN/moving_mean", o)) /
                                      std::sqrt(of("-BN/moving_variance", o) + 0.001) * of("-BN/gamma", o) +
                                  of("-BN/beta", o);
        double& pooled = y[p / 2 * outputs + o];
        pooled = std::max(pooled, normalised);
      }
    }
    x = std::move(y);
    places = out / 2;
    inputs = outputs;
  }
  std::vector<double> activation(360);
  for (size_t b = 0; b < 360; ++b) {
    double logit = arrays.at("classifier/bias").values[b];
    for (size_t i = 0; i < x.size(); ++i)
      logit += x[i] * static_cast<double>(arrays.at("classifier/kernel").values[i * 360 + b]);
    activation[b] = 1 / (1 + std::exp(-logit));
  }
  return activation;
}

}  // namespace melomine::testing

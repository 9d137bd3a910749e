#pragma once

#include <hdf5.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace melomine::testing {

/// Reads arrays out of a golden HDF5 file, converted to double (or to T).
class GoldenFile {
 public:
  explicit GoldenFile(const std::filesystem::path& path)
      : file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)) {
    if (file_ < 0) throw std::runtime_error("cannot open " + path.string());
  }
  ~GoldenFile() { H5Fclose(file_); }
  GoldenFile(const GoldenFile&) = delete;
  GoldenFile& operator=(const GoldenFile&) = delete;

  bool has(const std::string& name) const { return H5Lexists(file_, name.c_str(), H5P_DEFAULT) > 0; }

  std::vector<hsize_t> shape(const std::string& name) const {
    const hid_t set = open(name), space = H5Dget_space(set);
    std::vector<hsize_t> dims(static_cast<size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    H5Sclose(space);
    H5Dclose(set);
    return dims;
  }

  std::vector<double> doubles(const std::string& name) const { return read<double>(name, H5T_NATIVE_DOUBLE); }
  std::vector<float> floats(const std::string& name) const { return read<float>(name, H5T_NATIVE_FLOAT); }
  std::vector<long> integers(const std::string& name) const { return read<long>(name, H5T_NATIVE_LONG); }

 private:
  hid_t open(const std::string& name) const {
    const hid_t set = H5Dopen2(file_, name.c_str(), H5P_DEFAULT);
    if (set < 0) throw std::runtime_error("golden file lacks " + name);
    return set;
  }
  template <class T>
  std::vector<T> read(const std::string& name, hid_t type) const {
    size_t count = 1;
    for (const hsize_t d : shape(name)) count *= d;
    std::vector<T> values(count);
    const hid_t set = open(name);
    const herr_t status = count == 0 ? 0 : H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(set);
    if (status < 0) throw std::runtime_error("cannot read " + name);
    return values;
  }
  hid_t file_;
};

}  // namespace melomine::testing

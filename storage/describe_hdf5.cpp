#include "storage/describe_hdf5.h"

#include <string>

#include "core/error.h"
#include "storage/hdf5.h"

namespace melomine::storage {
namespace {

namespace fs = std::filesystem;

bool is_other_hdf5(const fs::path& path) {
  return fs::is_regular_file(path) && hdf5::is_hdf5(path);
}

Description inspect_hdf5(const fs::path& path, const DescribeOptions& options) {
  const auto file = hdf5::File::open(path);
  Description attributes = Description::object(), arrays = Description::object(),
              damage = Description::array();
  for (const std::string& name : file.attribute_names()) attributes[name] = file.attribute_as_text(name);
  for (const std::string& name : file.names()) {
    if (!file.is_array(name)) {
      arrays[name] = "(group)";
      continue;
    }
    const auto set = file.open_dataset(name);
    arrays[name] = set.shape();
    try {
      if (options.check && set.is_numeric()) static_cast<void>(set.read_all<double>());
    } catch (const DataError& e) {
      damage.push_back(e.what());
    }
  }
  Description result = {{"what", file.has("features") ? "feature file" : "HDF5 file"},
                        {"attributes", attributes},
                        {"arrays", arrays}};
  if (options.check) result["damage"] = damage;
  return result;
}

}  // namespace

Describer describe_hdf5() {
  return {is_other_hdf5, inspect_hdf5};
}

}  // namespace melomine::storage

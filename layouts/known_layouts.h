#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "layouts/published_set.h"

namespace melomine::layouts {

/// Where a published set lies.
struct LayoutPlace {
  std::filesystem::path root;   ///< of its lists
  std::filesystem::path audio;  ///< of its recordings, where they lie elsewhere; may be empty
  std::string split;            ///< "": all of it
};

/// A published set that is read by its name.
struct KnownLayout {
  std::string name;  ///< "shs100k"
  std::string doc;   ///< what it is, in a phrase
  PublishedSet (*read)(const LayoutPlace& place);
};

/// All of them, by name.
const std::vector<KnownLayout>& known_layouts();

/// @throws ConfigError with the nearest name for an unknown one, DataError as its reader
PublishedSet read_layout(const std::string& name, const LayoutPlace& place);

}  // namespace melomine::layouts

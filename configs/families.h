#pragma once

#include <functional>
#include <string>
#include <vector>

#include "configs/binder.h"

namespace melomine::configs {

/// A family of kinds that a config chooses from.
struct FamilyInfo {
  struct KindInfo {
    std::string name, doc;
  };
  std::string name;             ///< "loss"
  std::string setting;          ///< where it is chosen: "losses[].type"; the first of several places
  std::vector<KindInfo> kinds;  ///< in alphabetical order
};

/// The families that whatever `body` binds chooses from, in the order bound.
std::vector<FamilyInfo> families_of(const std::function<void(Binder&)>& body);

}  // namespace melomine::configs

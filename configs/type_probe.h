#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "configs/binder.h"

namespace melomine::configs {

/// The field that chooses among variants, each of which may have fields of its own.
inline constexpr std::string_view kTypeKey = "type";

/// Which variants of a struct know a key.
struct Variants {
  std::vector<std::string> types;                            ///< choices of `type`; empty when there is none
  std::map<std::string, std::vector<std::string>> types_of;  ///< key -> the types that have it
};

/// Binds `body` once for each choice of its `type` field, to see which keys it then knows. Nothing that is
/// bound changes.
Variants variants_of(const std::function<void(Binder&)>& body);

/// Sets a choice for a while, through the fields of a pass: what every Binder that looks at one variant after
/// the other does.
class TypeForcer {
 public:
  /// The type to bind next; "" leaves it as it is.
  std::string forced;
  std::vector<std::string> choices;  ///< seen in the last pass
  std::string original;              ///< value in the first pass

  void at_choice(std::string_view key, std::string& value, const std::vector<std::string>& known);

 private:
  bool seen_ = false;
};

}  // namespace melomine::configs

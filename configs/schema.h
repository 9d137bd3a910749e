#pragma once

#include <functional>
#include <string>

#include "configs/binder.h"

namespace melomine::configs {

/// JSON Schema (draft 2020-12) of whatever `body` binds: type, default, range, words and meaning of every
/// field, in the order bound; unknown keys are not allowed. Editors complete and check YAML by it.
/// @param extends  the document may name others it extends
std::string write_schema(const std::string& title, bool extends, const std::function<void(Binder&)>& body);

}  // namespace melomine::configs

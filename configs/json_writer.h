#pragma once

#include <functional>
#include <string>

#include "configs/binder.h"

namespace melomine::configs {

/// The values of whatever `body` binds as JSON text, keys in the order bound, indented by two.
std::string write_json(const std::function<void(Binder&)>& body);

}  // namespace melomine::configs

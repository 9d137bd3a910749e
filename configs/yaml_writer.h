#pragma once

#include <functional>
#include <string>

#include "configs/binder.h"
#include "configs/document.h"

namespace melomine::configs {

/// The values of whatever `body` binds, as a tree with the meaning of each field as its comment.
/// @throws ConfigError for a number that is not finite
Value write_document(const std::function<void(Binder&)>& body);

/// YAML of a tree, in block style; lists of scalars on one line. `comments` adds each field's meaning, at the
/// end of the line where it fits and above it otherwise. What is written reads back to the same values.
std::string emit_yaml(const Value& document, bool comments);

}  // namespace melomine::configs

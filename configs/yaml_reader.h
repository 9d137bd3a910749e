#pragma once

#include <functional>

#include "configs/binder.h"
#include "configs/document.h"

namespace melomine::configs {

/// Reads a document into whatever `body` binds, strictly. Fields that the document does not name keep their
/// values. All problems are found before it throws, one line each:
/// ```
/// demo.yaml:14: losses[0].temperature = -0.1: must be > 0
/// command line: train.stepz: unknown key; did you mean 'steps'?
/// ```
/// Numbers are decimal and finite; an integer may be written with a whole exponent (1e5). Booleans are true
/// and false. A quoted scalar is a text. A map may be empty, a list may not be left out after its key.
/// @throws ConfigError listing every problem: unknown key, wrong type, out of range, rule between fields
void read_document(const Value& document, const std::function<void(Binder&)>& body);

}  // namespace melomine::configs

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "configs/binder.h"
#include "configs/document.h"

/// What older versions wrote differently. A struct says it in its `bind`, before its fields; files are
/// rewritten to the present spelling as they are read, each before it is merged with others. Settings on the
/// command line have the present spelling alone.
namespace melomine::configs {

/// A key that has another name now. Where both stand, the old one is an unknown key.
void renamed(Binder& b, std::string_view from, std::string_view to);

/// Older versions had one flat map for all types and wrote all of these keys: where all of them stand, those
/// that the type lacks are no mistake and are dropped.
void once_of_every_type(Binder& b, const std::vector<std::string>& keys);

/// Rewrites a document, as written in one file, to the present spelling of whatever `body` binds.
/// @param below  what the files say that this one extends
void rewrite_older(Value& document, const Value& below, const std::function<void(Binder&)>& body);

}  // namespace melomine::configs

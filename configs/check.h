#pragma once

#include <functional>
#include <string>
#include <vector>

#include "configs/binder.h"

namespace melomine::configs {

/// What is wrong with the values of whatever `body` binds: out of range, not among the choices, against a
/// rule; a line each, "min_rate = -1: must be > 0". Empty when nothing is.
std::vector<std::string> problems_of(const std::function<void(Binder&)>& body);

/// Checks a struct by its own `bind`, for values that came from elsewhere than YAML: options, other code.
/// @param where  stands before each problem, "[synth]"
/// @throws ConfigError listing all problems, a line each
template <class T>
void check(const T& config, const std::string& where);

namespace detail {

/// @throws ConfigError unless `problems` is empty
void refuse(const std::string& where, const std::vector<std::string>& problems);

}  // namespace detail

template <class T>
void check(const T& config, const std::string& where) {
  T copy = config;
  detail::refuse(where, problems_of([&](Binder& b) { bind(b, copy); }));
}

}  // namespace melomine::configs

#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace melomine::testing {

/// Small golden values that the project carries, tests/golden/NAME. Tests run in the project's root.
inline nlohmann::json golden_values(const std::string& name) {
  std::ifstream file("tests/golden/" + name);
  if (!file) throw std::runtime_error("cannot open tests/golden/" + name);
  return nlohmann::json::parse(file);
}

}  // namespace melomine::testing

#pragma once

#include <string>

namespace melomine::cli {

/// A time in a song or recording for people: "3:07.4", "1:02:03.5".
std::string clock_text(double seconds);

}  // namespace melomine::cli

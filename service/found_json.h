#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "service/song_finder.h"

namespace melomine::service {

/// {"hop_s": …, "semitones": […]}, to a hundredth, null where nothing is sung.
nlohmann::ordered_json curve_json(const PitchCurve& curve);
/// The answer of a search, as docs/serve.md has it. Numbers that are not finite are null.
nlohmann::ordered_json found_json(const Found& found);

}  // namespace melomine::service

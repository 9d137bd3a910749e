#pragma once

#include <string>
#include <utility>
#include <vector>

#include "configs/document.h"
#include "sweeps/sweep_spec.h"

namespace melomine::sweeps {

/// Settings of a point as texts: key and value, in order.
using SettingTexts = std::vector<std::pair<std::string, std::string>>;

/// A value in one line: "0.1", "[a, b]", "{type: conv, width: 8}".
std::string value_text(const configs::Value& value);
SettingTexts texts_of(const PointSettings& settings);

/// The same without the seed.
SettingTexts without_seed(const SettingTexts& settings);

/// "train.length=8s seed=1"; "as in the file" where there are none.
std::string label_of(const SettingTexts& settings);

/// Each one's settings that not all of them share.
std::vector<SettingTexts> differing(const std::vector<SettingTexts>& points);

/// A name for a folder: "length=8s,temperature=0.05,seed=1,1a2b3c4d": last words of the keys, values, and the
/// first eight digits of a hash; letters, digits and ._+-=, alone, at most 120 bytes.
/// @param sha256  hexadecimal, that makes the name unique
std::string folder_name(const SettingTexts& settings, const std::string& sha256);

/// "M_0,1a2b3c4d": of an M_0 that several points start from.
std::string first_training_name(const std::string& sha256);

}  // namespace melomine::sweeps

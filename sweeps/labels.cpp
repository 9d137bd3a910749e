#include "sweeps/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <set>

namespace melomine::sweeps {
namespace {

constexpr size_t kLongestValue = 32, kLongestName = 120;  // bytes
constexpr size_t kHashDigits = 8;

/// Letters, digits and ._+- as they are, anything else as one - each run, none of them at either end.
std::string safe_text(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    const bool kept =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '+' || c == '-';
    if (kept)
      safe += c;
    else if (!safe.empty() && safe.back() != '-')
      safe += '-';
  }
  while (safe.ends_with('-')) safe.pop_back();
  return safe;
}

/// The last words of a path: "losses[0].temperature" is "temperature" of one word, "losses-0.temperature" of
/// two.
std::string last_words(const std::string& key, int words) {
  size_t from = key.size();
  for (int i = 0; i < words && from != 0 && from != std::string::npos; ++i) from = key.rfind('.', from - 1);
  return safe_text(from == 0 || from == std::string::npos ? key : key.substr(from + 1));
}

/// For each setting the shortest end of its key that no other has.
std::vector<std::string> short_keys(const SettingTexts& settings) {
  std::vector<std::string> keys;
  for (const auto& setting : settings) {
    int words = 1;
    const auto is_shared = [&](const auto& other) {
      return other.first != setting.first &&
             last_words(other.first, words) == last_words(setting.first, words);
    };
    while (words < 8 && std::any_of(settings.begin(), settings.end(), is_shared)) ++words;
    keys.push_back(last_words(setting.first, words));
  }
  return keys;
}

std::string joined_texts(const configs::Value& value) {
  std::string text;
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) text += ", ";
    if (value.is_map()) text += value.keys[i] + ": ";
    text += value_text(value.items[i]);
  }
  return text;
}

}  // namespace

std::string value_text(const configs::Value& value) {
  if (value.is_null()) return "null";
  if (value.is_scalar()) return value.text;
  return value.is_list() ? "[" + joined_texts(value) + "]" : "{" + joined_texts(value) + "}";
}

SettingTexts texts_of(const PointSettings& settings) {
  SettingTexts texts;
  for (const configs::Setting& setting : settings) texts.emplace_back(setting.key, value_text(setting.value));
  return texts;
}

SettingTexts without_seed(const SettingTexts& settings) {
  SettingTexts others;
  std::copy_if(settings.begin(), settings.end(), std::back_inserter(others),
               [](const auto& setting) { return setting.first != kSeedKey; });
  return others;
}

std::string label_of(const SettingTexts& settings) {
  if (settings.empty()) return "as in the file";
  std::string label;
  for (const auto& [key, value] : settings)
    label += fmt::format("{}{}={}", label.empty() ? "" : " ", key, value);
  return label;
}

std::vector<SettingTexts> differing(const std::vector<SettingTexts>& points) {
  std::map<std::pair<std::string, std::string>, size_t> counts;
  for (const SettingTexts& point : points)
    for (const auto& setting : std::set<SettingTexts::value_type>(point.begin(), point.end()))
      ++counts[setting];
  std::vector<SettingTexts> all;
  for (const SettingTexts& point : points) {
    SettingTexts own;
    std::copy_if(point.begin(), point.end(), std::back_inserter(own),
                 [&](const auto& setting) { return counts[setting] < points.size(); });
    all.push_back(std::move(own));
  }
  return all;
}

std::string folder_name(const SettingTexts& settings, const std::string& sha256) {
  std::string name;
  const auto keys = short_keys(settings);
  for (size_t i = 0; i < settings.size(); ++i) {
    std::string value = safe_text(settings[i].second).substr(0, kLongestValue);
    name += fmt::format("{}={},", keys[i], value);
  }
  if (name.empty()) name = "base,";
  if (name.size() > kLongestName - kHashDigits) name = name.substr(0, kLongestName - kHashDigits - 1) + ",";
  return name + sha256.substr(0, kHashDigits);
}

std::string first_training_name(const std::string& sha256) {
  return "M_0," + sha256.substr(0, kHashDigits);
}

}  // namespace melomine::sweeps

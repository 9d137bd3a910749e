#include "regeneration/statement.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "layouts/checklist.h"

namespace melomine::regeneration {
namespace {

using layouts::with_thousands;

std::string of(const Count& count) {
  return fmt::format("{} of {} ({:.1f} %)", with_thousands(count.had), with_thousands(count.listed),
                     100 * count.share());
}

std::string listed(const std::map<std::string, Count>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}{} {} of {}", text.empty() ? "" : ", ", name, with_thousands(count.had),
                        with_thousands(count.listed));
  return text;
}

nlohmann::ordered_json as_json(const Count& count) {
  return {{"listed", count.listed}, {"had", count.had}};
}

nlohmann::ordered_json as_json(const std::map<std::string, Count>& counts) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, count] : counts) json[name] = as_json(count);
  return json;
}

}  // namespace

std::string availability_statement(const Availability& a, const std::string& name, const std::string& day) {
  std::string text =
      fmt::format("Of the {} fragments of {}, {} ({:.1f} %) could be regenerated{}: {}.",
                  with_thousands(a.fragments.listed), name, with_thousands(a.fragments.had),
                  100 * a.fragments.share(), day.empty() ? "" : " on " + day, listed(a.by_kind));
  text += fmt::format(
      " Recordings that could be had: {}; groups with their original and another fragment: {}; songs "
      "with such a group: {}; {:.1f} hours.",
      of(a.recordings), of(a.groups), of(a.songs), a.hours);
  if (!a.by_split.empty()) text += fmt::format(" By split: {}.", listed(a.by_split));
  if (!a.drawn_songs.empty()) {
    std::string songs;
    for (const auto& [split, count] : a.drawn_songs)
      songs += fmt::format("{}{} {}", songs.empty() ? "" : ", ", with_thousands(count), split);
    text += fmt::format(" These songs were divided anew: {}.", songs);
  }
  return text;
}

std::string availability_json(const Availability& a, const std::string& name, const std::string& day) {
  const nlohmann::ordered_json json = {{"name", name},
                                       {"day", day},
                                       {"fragments", as_json(a.fragments)},
                                       {"recordings", as_json(a.recordings)},
                                       {"groups", as_json(a.groups)},
                                       {"songs", as_json(a.songs)},
                                       {"by_kind", as_json(a.by_kind)},
                                       {"by_split", as_json(a.by_split)},
                                       {"missing_recordings_by_reason", a.reasons},
                                       {"songs_of_new_split", a.drawn_songs},
                                       {"hours", a.hours},
                                       {"statement", availability_statement(a, name, day)}};
  return json_text(json, 2) + "\n";
}

}  // namespace melomine::regeneration

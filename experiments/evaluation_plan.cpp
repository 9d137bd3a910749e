#include "experiments/evaluation_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "configs/config.h"
#include "configs/document.h"
#include "core/sha256.h"

namespace melomine::experiments {
namespace {

using configs::Value;

/// Takes a setting that says nothing out of a map. @returns whether one that says something is there
bool says(Value& written, std::string_view key) {
  const Value* value = written.find(key);
  if (value == nullptr) return false;
  const bool empty = value->is_list() ? value->items.empty() : value->text.empty() && !value->is_map();
  if (empty) written.erase(key);
  return !empty;
}

/// The protocol may be told by what is named; older versions knew no other way.
void write_type(Value& written, const Value&) {
  if (written.find(configs::kTypeKey) != nullptr) return;
  const bool queries = says(written, "queries"), references = says(written, "references");
  const bool leave_out = says(written, "leave_out");
  const char* type = references || leave_out ? "tables" : queries ? "each_other" : "held_out";
  written.set(configs::kTypeKey, configs::scalar_value(type, false, written.location));
}

constexpr const char* kKeepGoing = "keep_going";

/// Settings that sets did not have at first, as they are written while they change nothing: with them alone
/// an evaluation is the one that it was.
constexpr std::array<std::string_view, 1> kLaterSettings = {
    "min_rms: 0",
};

std::string without_later_settings(const std::string& yaml) {
  std::string kept;
  for (size_t begin = 0; begin < yaml.size();) {
    const size_t end = std::min(yaml.find('\n', begin), yaml.size() - 1) + 1;
    const std::string_view line = std::string_view(yaml).substr(begin, end - begin);
    const std::string_view said = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    const bool later =
        std::any_of(kLaterSettings.begin(), kLaterSettings.end(),
                    [&](std::string_view setting) { return said.substr(0, said.find('\n')) == setting; });
    if (!later) kept += line;
    begin = end;
  }
  return kept;
}

struct SetsAlone {
  std::vector<EvaluationSetConfig> sets;
};

void bind(configs::Binder& b, SetsAlone& c) {
  b.nested_list("sets", c.sets, "what is searched in what");
}

}  // namespace

void bind(configs::Binder& b, EvaluationSetConfig& c) {
  b.older(write_type);
  b.text("name", c.name, "how the report calls it");
  b.variant(c.protocol);
  bind(b, c.settings);
  b.require(!c.name.empty() && c.name.front() != '.' && c.name.find('/') == std::string::npos, "name",
            "every set needs a plain name");
}

evaluation::HumSearchConfig EvaluationPlan::corpus_search() const {
  for (const EvaluationSetConfig& set : sets) {
    if (set.protocol->asks_of() != AsksOf::kCorpus) continue;
    for (const evaluation::SystemChoice& system : set.settings.systems)
      if (system.type() == "model" && system.checkpoint().empty())
        return system.settings<evaluation::HumSearchConfig>();
  }
  return {};
}

std::string EvaluationPlan::sha256() const {
  const std::string text = without_later_settings(configs::to_yaml(SetsAlone{sets}));
  return sha256_of(keep_going ? text + kKeepGoing : text);
}

void bind(configs::Binder& b, EvaluationPlan& c) {
  b.boolean(
      kKeepGoing, c.keep_going,
      "queries and references of tables that are missing or broken are left out and listed, in place of "
      "ending there");
  b.nested_list("sets", c.sets, "what is searched in what");
}

std::vector<std::pair<std::string, std::string*>> files_of(EvaluationPlan& plan) {
  std::vector<std::pair<std::string, std::string*>> files;
  for (size_t i = 0; i < plan.sets.size(); ++i) {
    for (const auto& [key, path] : plan.sets[i].protocol->files())
      if (!path->empty()) files.emplace_back(fmt::format("sets[{}].{}", i, key), path);
    auto& systems = plan.sets[i].settings.systems;
    for (size_t k = 0; k < systems.size(); ++k)
      if (std::string* checkpoint = systems[k]->checkpoint(); checkpoint != nullptr && !checkpoint->empty())
        files.emplace_back(fmt::format("sets[{}].systems[{}].checkpoint", i, k), checkpoint);
  }
  return files;
}

std::vector<std::pair<std::string, std::string*>> folders_of(EvaluationPlan& plan) {
  std::vector<std::pair<std::string, std::string*>> folders;
  for (size_t i = 0; i < plan.sets.size(); ++i)
    for (const auto& [key, path] : plan.sets[i].protocol->folders())
      if (!path->empty()) folders.emplace_back(fmt::format("sets[{}].{}", i, key), path);
  return folders;
}

}  // namespace melomine::experiments

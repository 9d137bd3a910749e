#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <span>

#include "core/error.h"
#include "evaluation/system.h"

namespace melomine::evaluation {
namespace {

/// A system that others are made of: it ranks once, whoever asks.
class RankedOnce : public System {
 public:
  explicit RankedOnce(std::shared_ptr<const System> system) : system_(std::move(system)) {}
  std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const override {
    std::call_once(is_ranked_, [&] { rankings_ = system_->rank(set, observer); });
    return rankings_;
  }

 private:
  std::shared_ptr<const System> system_;
  mutable std::once_flag is_ranked_;
  mutable std::vector<retrieval::Ranking> rankings_;
};

std::vector<std::string> parts_of(const SystemChoice& system) {
  return system.type().empty() ? std::vector<std::string>() : system->parts();
}

/// For messages.
std::string names_of(std::span<const SystemChoice> systems) {
  std::string names;
  for (const SystemChoice& system : systems) names += (names.empty() ? "" : ", ") + system.name();
  return names.empty() ? "none" : names;
}

bool any_in(const std::vector<std::string>& names, const std::set<std::string>& wanted) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return wanted.contains(name); });
}

}  // namespace

std::string SystemChoice::checkpoint() const {
  SystemChoice copy = *this;
  const std::string* named = copy->checkpoint();
  return named == nullptr ? "" : *named;
}

void bind(configs::Binder& b, SystemChoice& c) {
  b.sparse_text("name", c.own_name, "how reports and the systems below call it; empty: as its type");
  b.variant(c);
}

std::vector<SystemChoice> default_systems() {
  return {SystemChoice("baseline"), SystemChoice("model")};
}

std::string problem_of(const std::vector<SystemChoice>& systems) {
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < systems.size(); ++i) {
    const auto [first, is_new] = places.emplace(systems[i].name(), i);
    if (!is_new)
      return fmt::format(
          "systems[{}] and systems[{}] are both called '{}'; give one a name of its own (name: …)",
          first->second, i, systems[i].name());
    for (const std::string& part : parts_of(systems[i]))
      if (const auto found = places.find(part); found == places.end() || found->second == i)
        return fmt::format("'{}' is made of '{}', which is no system above it; above it stand: {}",
                           systems[i].name(), part, names_of({systems.data(), i}));
  }
  return "";
}

std::vector<SystemChoice> systems_of_own_model(const std::vector<SystemChoice>& systems) {
  std::set<std::string> kept;
  for (const SystemChoice& system : systems)
    if ((system->needs_model() && system.checkpoint().empty()) || any_in(parts_of(system), kept))
      kept.insert(system.name());
  for (size_t i = systems.size(); i-- > 0;)
    if (kept.contains(systems[i].name()))
      for (const std::string& part : parts_of(systems[i])) kept.insert(part);
  std::vector<SystemChoice> own;
  for (const SystemChoice& system : systems)
    if (kept.contains(system.name())) own.push_back(system);
  return own;
}

std::vector<NamedSystem> make_systems(const std::vector<SystemChoice>& systems, const EmbedderOf& embedder) {
  if (const std::string problem = problem_of(systems); !problem.empty())
    throw ConfigError("[evaluate] systems: " + problem);
  std::set<std::string> parts;
  for (const SystemChoice& choice : systems)
    for (const std::string& part : choice->parts()) parts.insert(part);
  std::vector<NamedSystem> made;
  std::map<std::string, std::shared_ptr<const System>> by_name;
  for (const SystemChoice& choice : systems) {
    SystemContext context;
    if (choice->needs_model()) context.model = embedder(choice.checkpoint());
    if (choice->needs_model() && context.model == nullptr) continue;
    if (choice->needs_model()) context.sample = std::make_shared<FingerprintSample>();
    for (const std::string& part : choice->parts())
      if (const auto found = by_name.find(part); found != by_name.end())
        context.parts.push_back(found->second);
    if (context.parts.size() < choice->parts().size()) continue;
    std::shared_ptr<const System> system = choice->make(context);
    if (parts.contains(choice.name())) system = std::make_shared<RankedOnce>(std::move(system));
    by_name[choice.name()] = system;
    made.push_back({choice.name(), system, choice.type(), choice->parts(), context.sample});
  }
  return made;
}

}  // namespace melomine::evaluation

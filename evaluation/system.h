#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "configs/choice.h"
#include "core/progress.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/fingerprint_sample.h"
#include "retrieval/embedder.h"
#include "retrieval/index.h"

namespace melomine::evaluation {

/// What is judged: something that ranks the candidates of each query.
class System {
 public:
  virtual ~System() = default;
  /// @returns [queries]; candidates that it leaves out rank behind all others
  virtual std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const = 0;
};

/// What a system may be made of beside its settings.
struct SystemContext {
  const retrieval::Embedder* model = nullptr;  ///< outlives the system; null only where none is needed
  std::vector<std::shared_ptr<const System>> parts = {};  ///< [SystemKind::parts]
  /// Filled by a system that hears by an encoder, when it ranks; null where nobody looks at it.
  std::shared_ptr<FingerprintSample> sample = nullptr;
};

/// A kind of system with its settings.
class SystemKind : public configs::Kind {
 public:
  /// evaluation/system_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// Whether it hears by a trained encoder itself.
  virtual bool needs_model() const = 0;
  /// The setting that names another encoder than the run's own; null for a kind that has none.
  virtual std::string* checkpoint() { return nullptr; }
  /// Names of the systems that it combines; they stand above it in the set.
  virtual std::vector<std::string> parts() const { return {}; }
  virtual std::unique_ptr<System> make(const SystemContext& context) const = 0;
};

/// A system of a set: its kind with settings, and how reports and the systems below call it.
class SystemChoice : public configs::Choice<SystemKind> {
 public:
  using Choice::Choice;
  std::string own_name = {};  ///< "": the kind's

  const std::string& name() const { return own_name.empty() ? type() : own_name; }
  /// The encoder that it hears by: "" the run's own, or none.
  std::string checkpoint() const;
};
void bind(configs::Binder& b, SystemChoice& c);

/// The baseline, then the model.
std::vector<SystemChoice> default_systems();

/// What is wrong with a list of systems: two of one name, a part that does not stand above what it is a part
/// of. "" where nothing is.
std::string problem_of(const std::vector<SystemChoice>& systems);

/// Those that hear by the run's own encoder, and so differ from round to round, with what they are made of
/// and what is made of them, in their order.
std::vector<SystemChoice> systems_of_own_model(const std::vector<SystemChoice>& systems);

/// A system as a report calls it.
struct NamedSystem {
  std::string name;
  std::shared_ptr<const System> system;
  std::string type = {};                                      ///< its kind
  std::vector<std::string> parts = {};                        ///< SystemKind::parts
  std::shared_ptr<const FingerprintSample> sample = nullptr;  ///< SystemContext::sample
};

/// The encoder of a checkpoint, "" for the run's own, which outlives the systems; null where there is none.
using EmbedderOf = std::function<const retrieval::Embedder*(const std::string& checkpoint)>;

/// In the order chosen, which is that of a report, for one set: what is a part of others ranks it once. Those
/// whose encoder, or a part's, is not there are left out.
/// @throws ConfigError where a part does not stand above what it is a part of
std::vector<NamedSystem> make_systems(const std::vector<SystemChoice>& systems, const EmbedderOf& embedder);

}  // namespace melomine::evaluation

#include <tbb/parallel_for.h>

#include "core/cancellation.h"
#include "evaluation/system.h"

namespace melomine::evaluation {
namespace {

struct ByLengthConfig {
  std::string short_name, long_name;  ///< of two systems above it
  double boundary_s = 15;             ///< from this length on a query is long (Amatov et al. 2023)
};

void bind(configs::Binder& b, ByLengthConfig& c) {
  b.text("short", c.short_name, "name of the system above it that ranks for queries below the boundary");
  b.text("long", c.long_name, "name of that for the others");
  b.number("boundary_s", c.boundary_s, configs::above(0),
           "length of a query's recording from which it is long");
  b.require(!c.short_name.empty(), "short", "needs the name of a system");
  b.require(!c.long_name.empty(), "long", "needs the name of a system");
}

/// M_fused of CHAD (Amatov et al. 2023): each query is ranked by one of two systems, by the length of its
/// recording, with its silence.
class ByLengthSystem : public System {
 public:
  ByLengthSystem(std::vector<std::shared_ptr<const System>> parts, double boundary_s)
      : parts_(std::move(parts)), boundary_s_(boundary_s) {}
  std::vector<retrieval::Ranking> rank(const EvaluationSet& set, RunObserver& observer) const override {
    std::vector<retrieval::Ranking> rankings = parts_[0]->rank(set, observer);
    const std::vector<retrieval::Ranking> of_long = parts_[1]->rank(set, observer);
    tbb::parallel_for(size_t{0}, rankings.size(), [&](size_t q) {
      throw_if_cancelled();
      if (set.queries[q].audio().duration_s() >= boundary_s_) rankings[q] = of_long[q];
    });
    return rankings;
  }

 private:
  std::vector<std::shared_ptr<const System>> parts_;  ///< short, long
  double boundary_s_;
};

class ByLength : public configs::KindOf<ByLength, SystemKind, ByLengthConfig> {
 public:
  bool needs_model() const override { return false; }
  std::vector<std::string> parts() const override { return {config.short_name, config.long_name}; }
  std::unique_ptr<System> make(const SystemContext& context) const override {
    return std::make_unique<ByLengthSystem>(context.parts, config.boundary_s);
  }
};

}  // namespace

configs::KindEntry by_length_kind() {
  return configs::kind<ByLength>("by_length", "one of two other systems, by the length of the query");
}

}  // namespace melomine::evaluation

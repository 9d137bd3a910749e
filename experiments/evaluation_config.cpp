#include "experiments/evaluation_config.h"

namespace melomine::experiments {

void bind(configs::Binder& b, EvaluationSetConfig& c) {
  b.text("name", c.name, "how the report calls it");
  b.text("queries", c.queries,
         "CSV of queries (query, reference_id or group); empty: hums of the held-out songs against all "
         "originals");
  b.texts("references", c.references,
          "CSVs of references (reference_id, path), taken together; none: hum against hum");
  b.numbers("tempo_ratios", c.tempo_ratios, configs::above(0),
            "in place of the common ones; empty: the common ones");
  b.require(!c.name.empty(), "name", "every evaluation set needs a name");
  b.require(!c.queries.empty() || c.references.empty(), "references", "are given without queries");
}

void bind(configs::Binder& b, EvaluationConfig& c) {
  b.nested_list("sets", c.sets, "what is searched in what");
  b.numbers(
      "tempo_ratios", c.tempo_ratios, configs::above(0),
      "tempos at which the model tries each query; the best score counts (the baseline has its own scales)");
  b.integer("bootstrap_resamples", c.bootstrap_resamples, configs::at_least(100), "for the 95 % intervals");
  b.choice("f0_tracker", c.f0_tracker, {"pyin", "yin"}, "of the no-learning baseline");
  b.require(!c.tempo_ratios.empty(), "tempo_ratios",
            "needs at least one ratio; [1] tries the query as it is");
}

}  // namespace melomine::experiments

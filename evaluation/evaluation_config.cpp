#include "evaluation/evaluation_config.h"

namespace melomine::evaluation {

void bind(configs::Binder& b, EvaluationConfig& c) {
  b.boolean("baseline", c.baseline, "evaluate the contour baseline, without learning, beside the model");
  b.nested("f0", c.f0, "the baseline's f0 tracker");
  b.nested("contour", c.contour, "the baseline's comparison of contours");
  bind(b, c.search);
  b.integer("bootstrap_resamples", c.bootstrap_resamples, configs::at_least(1),
            "resamples behind each interval");
  b.integer("seed", c.seed, configs::at_least(0), "of the bootstrap");
}

std::string EvaluationSetConfig::protocol() const {
  if (queries.empty()) return "held_out";
  return references.empty() ? "each_other" : "tables";
}

void bind(configs::Binder& b, EvaluationSetConfig& c) {
  b.text("name", c.name, "how the report calls it");
  b.text("queries", c.queries,
         "CSV of queries (query, reference_id or group); empty: hums of the held-out songs against all "
         "originals");
  b.texts("references", c.references,
          "CSVs of references (reference_id, path), taken together; none: hum against hum");
  b.texts("leave_out", c.leave_out, "reference_ids that are no candidates");
  bind(b, c.settings);
  b.require(!c.name.empty() && c.name.front() != '.' && c.name.find('/') == std::string::npos, "name",
            "every set needs a plain name");
  b.require(!c.queries.empty() || c.references.empty(), "references", "are given without queries");
  b.require(!c.references.empty() || c.leave_out.empty(), "leave_out", "is given without references");
}

HumSearchConfig EvaluationPlan::corpus_search() const {
  for (const EvaluationSetConfig& set : sets)
    if (set.protocol() == "held_out") return set.settings.search;
  return {};
}

void bind(configs::Binder& b, EvaluationPlan& c) {
  b.nested_list("sets", c.sets, "what is searched in what");
}

}  // namespace melomine::evaluation

#include "evaluation/evaluation_config.h"

namespace melomine::evaluation {

void bind(configs::Binder& b, EvaluationSetConfig& c) {
  b.text("name", c.name, "how the report calls it");
  b.text("queries", c.queries,
         "CSV of queries (query, reference_id or group); empty: hums of the held-out songs against all "
         "originals");
  b.texts("references", c.references,
          "CSVs of references (reference_id, path), taken together; none: hum against hum");
  bind(b, c.settings);
  b.require(!c.name.empty() && c.name.front() != '.' && c.name.find('/') == std::string::npos, "name",
            "every set needs a plain name");
  b.require(!c.queries.empty() || c.references.empty(), "references", "are given without queries");
}

void bind(configs::Binder& b, EvaluationPlan& c) {
  b.nested_list("sets", c.sets, "what is searched in what");
}

}  // namespace melomine::evaluation

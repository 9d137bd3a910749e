#include "experiments/published_protocol.h"

namespace melomine::experiments {
namespace {

class PublishedProtocol : public evaluation::Protocol {
 public:
  explicit PublishedProtocol(std::function<evaluation::EvaluationSet()> build) : build_(std::move(build)) {}
  evaluation::EvaluationSet build() const override { return build_(); }

 private:
  std::function<evaluation::EvaluationSet()> build_;
};

}  // namespace

void bind_further(configs::Binder& b, const std::string& key, FurtherReferences& c) {
  b.texts(key, c.tables, "CSVs or folders of further references (reference_id, path), right for no query");
  b.integer(key.substr(0, key.size() - 1) + "_count", c.most, configs::at_least(0),
            "of them the first so many by their ids; 0: all");
}

evaluation::LayoutRequest request_with(const FurtherReferences& further, evaluation::BrokenItems broken) {
  return {.broken = broken,
          .further = {further.tables.begin(), further.tables.end()},
          .most_further = further.most};
}

std::unique_ptr<evaluation::Protocol> published_protocol(std::function<evaluation::EvaluationSet()> build) {
  return std::make_unique<PublishedProtocol>(std::move(build));
}

}  // namespace melomine::experiments

#include "experiments/published_protocol.h"
#include "layouts/ioacas.h"

namespace melomine::experiments {
namespace {

struct IoacasConfig {
  std::string root;                ///< of the corpus
  std::vector<std::string> parts;  ///< folders of it; none: all
  FurtherReferences distractors;
};

void bind(configs::Binder& b, IoacasConfig& c) {
  b.text("root", c.root, "folder of IOACAS_QBH: IOACAS_pt1/, IOACAS_pt2/");
  b.texts("parts", c.parts, "folders of it that are asked, such as IOACAS_pt1; none: all");
  bind_further(b, "distractors", c.distractors);
  b.require(!c.root.empty(), "root", "needs the folder of the set");
}

class Ioacas : public configs::KindOf<Ioacas, ProtocolKind, IoacasConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override { return files_of_list("distractors", config.distractors.tables); }
  NamedFiles folders() override { return {{"root", &config.root}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      return evaluation::set_of_layout(layouts::read_ioacas(own.root, own.parts),
                                       request_with(own.distractors, broken));
    });
  }
};

}  // namespace

configs::KindEntry ioacas_kind() {
  return configs::kind<Ioacas>("ioacas", "hums of IOACAS (ThinkIt) for its songs, among distractors");
}

}  // namespace melomine::experiments

#include "experiments/published_protocol.h"
#include "layouts/humtrans.h"

namespace melomine::experiments {
namespace {

struct HumTransConfig {
  std::string root;            ///< of the set
  std::string split = "test";  ///< train | valid | test | all
};

void bind(configs::Binder& b, HumTransConfig& c) {
  b.text("root", c.root, "folder of HumTrans: train_valid_test_keys.json, all_wav/");
  b.choice("split", c.split, {"train", "valid", "test", "all"}, "of its keys that is asked");
  b.require(!c.root.empty(), "root", "needs the folder of the set");
}

class HumTrans : public configs::KindOf<HumTrans, ProtocolKind, HumTransConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles folders() override { return {{"root", &config.root}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      return evaluation::set_of_layout(
          layouts::read_humtrans(own.root, own.split),
          {.question = evaluation::LayoutQuestion::kEachOther, .broken = broken});
    });
  }
};

}  // namespace

configs::KindEntry humtrans_kind() {
  return configs::kind<HumTrans>("humtrans", "hums of HumTrans for others of the same segment of music");
}

}  // namespace melomine::experiments

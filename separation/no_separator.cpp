#include "separation/separator.h"

namespace melomine::separation {
namespace {

/// Recordings are heard as they are.
class NoSeparatorKind : public configs::KindOf<NoSeparatorKind, SeparatorKind, configs::NoSettings> {
 public:
  std::unique_ptr<Separator> make(const SeparatorContext&) const override { return nullptr; }
  std::vector<std::pair<std::string, std::string>> identity() const override { return {}; }
};

}  // namespace

configs::KindEntry none_kind() {
  return configs::kind<NoSeparatorKind>("none", "recordings are heard as they were ingested");
}

}  // namespace melomine::separation

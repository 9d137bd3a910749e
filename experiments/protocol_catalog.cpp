#include <fmt/format.h>

#include "experiments/protocol_kind.h"

namespace melomine::experiments {

NamedFiles files_of_list(const std::string& key, std::vector<std::string>& paths) {
  NamedFiles files;
  for (size_t i = 0; i < paths.size(); ++i) files.emplace_back(fmt::format("{}[{}]", key, i), &paths[i]);
  return files;
}

const configs::Catalogue& ProtocolKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(cover_songs),
      MELOMINE_KIND(each_other),
      MELOMINE_KIND(held_out),
      MELOMINE_KIND(hum2song),
      MELOMINE_KIND(humtrans),
      MELOMINE_KIND(ioacas),
      MELOMINE_KIND(large_database),
      MELOMINE_KIND(mir_qbsh),
      MELOMINE_KIND(mir_qbsh_90_10),
      MELOMINE_KIND(mirex_lists),
      MELOMINE_KIND(mirex_subtask2),
      MELOMINE_KIND(mlend),
      MELOMINE_KIND(real_recordings),
      MELOMINE_KIND(split_queries),
      MELOMINE_KIND(tables),
  };
  // clang-format on
  static const configs::Catalogue catalogue("protocol of evaluation", kinds);
  return catalogue;
}

}  // namespace melomine::experiments

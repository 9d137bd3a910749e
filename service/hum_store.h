#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "service/upload.h"

namespace melomine::service {

/// A hum that was searched, and what was offered for it.
struct SearchedHum {
  std::string bytes;                  ///< the upload as it came
  AudioKind kind;                     ///< of them
  std::vector<std::string> song_ids;  ///< that were found
};

/// The last hums searched, in memory; the oldest makes room. Several threads use it.
class HumStore {
 public:
  /// @param most_bytes  of uploads, all together; the newest stays in any case
  HumStore(size_t most_hums, size_t most_bytes) : most_hums_(most_hums), most_bytes_(most_bytes) {}

  /// @returns its name: 16 hexadecimal digits that nobody guesses
  std::string add(SearchedHum hum);
  /// Null where there is none of this name, or no longer.
  std::shared_ptr<const SearchedHum> find(const std::string& name) const;

 private:
  struct NamedHum {
    std::string name;
    std::shared_ptr<const SearchedHum> hum;
  };

  const size_t most_hums_, most_bytes_;
  mutable std::mutex mutex_;
  std::list<NamedHum> hums_;  ///< oldest first
  size_t bytes_ = 0;
};

}  // namespace melomine::service

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "configs/binder.h"
#include "review/queue.h"

namespace melomine::review {

/// Which renditions of the recordings people hear.
enum class Hear {
  kMined,  ///< those that were mined
  kMix,
  kVocals
};

/// What is reviewed, in which order, and where the page is.
struct ReviewConfig {
  std::string host = "127.0.0.1";  ///< address the page listens at
  int64_t port = 8033;             ///< 0 = any free one
  std::string known_as{};          ///< a further host name that browsers call it by; "" = none
  std::string reviewer{};          ///< name that the page begins with; "" = it asks for one
  std::filesystem::path shards{};  ///< audio; empty = what the run was mined from
  Hear hear = Hear::kMined;
  Among among = Among::kUncertain;
  Order order = Order::kActive;
  int64_t seed = 1;   ///< of the random order
  int64_t votes = 1;  ///< reviewers who must have told before a pair is decided
};
void bind(configs::Binder& b, ReviewConfig& c);

}  // namespace melomine::review

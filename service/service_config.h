#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "configs/binder.h"

namespace melomine::service {

/// Where a service listens and how much it takes on.
struct ServiceConfig {
  std::string host = "127.0.0.1";  ///< address it listens at; 0.0.0.0 or :: for every one of the machine
  int64_t port = 8032;             ///< 0 = any free one
  std::string known_as{};          ///< a further host name that browsers call it by; "" = none
  int64_t max_upload_mib = 16;     ///< larger bodies are refused unread
  double max_hum_s = 60;           ///< longer hums are refused
  int64_t most_at_once = 4;        ///< searches; further ones are asked to come again
  int64_t most_connections = 256;  ///< open at once; each has a thread
  double timeout_s = 5;            ///< for a request's head, and for each piece of what is sent or read
  std::filesystem::path keep{};    ///< folder for the hums judged and their table; empty = nothing is written
  int64_t most_kept = 10000;       ///< hums in that folder
};
void bind(configs::Binder& b, ServiceConfig& c);

}  // namespace melomine::service

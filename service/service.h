#pragma once

#include <functional>
#include <memory>
#include <string>

#include "service/service_config.h"
#include "service/song_finder.h"

namespace melomine::service {

/// `melomine serve`: the page and the JSON interface over a library of songs (docs/serve.md).
class Service {
 public:
  /// Listens from here on. @param finder  outlives it
  /// @throws DataError where it cannot listen, or the folder for verdicts cannot be used
  Service(const SongFinder& finder, const ServiceConfig& config);
  /// Lets the answers under way be finished.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  int port() const;
  /// "http://127.0.0.1:8032/"
  std::string address() const;

 private:
  class Routes;
  std::unique_ptr<Routes> routes_;
};

/// Serves until the user asks to stop (core/cancellation.h), which is its usual end: it returns.
/// @param listening  is told the address once requests are answered
/// @throws as Service
void run_service(const SongFinder& finder, const ServiceConfig& config,
                 const std::function<void(const std::string& address)>& listening);

}  // namespace melomine::service

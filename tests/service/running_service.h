#pragma once

#include <httplib.h>

#include <nlohmann/json.hpp>
#include <string>

#include "service/service.h"
#include "tests/service/fake_finder.h"

namespace melomine::testing {

/// A service at a free port over planted songs, and a client of it.
struct RunningService {
  explicit RunningService(service::ServiceConfig config = {},
                          std::vector<std::string> titles = {"A", "B", "C"})
      : finder(std::move(titles)), running(finder, at_free_port(std::move(config))) {}

  static service::ServiceConfig at_free_port(service::ServiceConfig config) {
    config.port = 0;
    return config;
  }
  httplib::Client client() const {
    httplib::Client client("127.0.0.1", running.port());
    client.set_read_timeout(60);
    client.set_tcp_nodelay(true);
    return client;
  }
  /// A search that is asked again while the service has too much to do.
  nlohmann::json search(const std::string& upload) const {
    auto asking = client();
    for (;;) {
      const auto result = asking.Post("/api/search", upload, "audio/wav");
      if (!result) throw std::runtime_error("no answer: " + httplib::to_string(result.error()));
      if (result->status != 503) return nlohmann::json::parse(result->body);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  FakeFinder finder;
  service::Service running;
};

/// A WAV file of tones, as bytes.
inline std::string hum_bytes(double duration_s = 3) {
  const TempFolder folder;
  write_wav(folder / "hum.wav", FakeFinder::steps(duration_s, 57));
  std::ifstream in(folder / "hum.wav", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace melomine::testing

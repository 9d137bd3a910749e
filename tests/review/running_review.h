#pragma once

#include <httplib.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "review/review_service.h"
#include "tests/review/pair_shards.h"
#include "tests/support/temp_folder.h"

namespace melomine::review::testing {

/// A review of six planted pairs at a free port.
struct RunningReview {
  explicit RunningReview(ReviewConfig config = {},
                         const std::vector<std::string>& titles = {"Original", "Cover one", "Cover two"})
      : shards(titles),
        pairs(PairShards::pairs()),
        clips(shards.store(), {}),
        session(log(), pairs, config.votes),
        service(session, clips, at_free_port(std::move(config))) {}

  static ReviewConfig at_free_port(ReviewConfig config) {
    config.port = 0;
    return config;
  }
  std::filesystem::path log() const { return folder / kVerdictsFile; }
  httplib::Client client() const {
    httplib::Client client("127.0.0.1", service.port());
    client.set_read_timeout(60);
    return client;
  }
  nlohmann::json get(const std::string& path) const {
    auto asking = client();
    const auto result = asking.Get(path);
    if (!result || result->status != 200)
      throw std::runtime_error(path + ": " + (result ? result->body : ""));
    return nlohmann::json::parse(result->body);
  }
  int answer(const nlohmann::json& answer) const {
    auto asking = client();
    const auto result = asking.Post("/api/answer", answer.dump(), "application/json");
    return result ? result->status : 0;
  }

  melomine::testing::TempFolder folder;
  PairShards shards;
  std::vector<QueuedPair> pairs;
  PairClips clips;
  ReviewSession session;
  ReviewService service;
};

}  // namespace melomine::review::testing

#include "review/review_service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/review/running_review.h"

namespace melomine::review {
namespace {

using nlohmann::json;
using testing::RunningReview;

TEST(ReviewService, AsksShowsAndKeepsAnswers) {
  const RunningReview review;
  const json first = review.get("/api/next?reviewer=anna");
  EXPECT_EQ(first.at("pair"), review.pairs[0].id);
  EXPECT_EQ(first.at("after"), review.pairs[1].id);
  EXPECT_EQ(first.at("progress").at("pairs"), 6);
  EXPECT_EQ(review.answer({{"pair", review.pairs[0].id}, {"reviewer", "anna"}, {"answer", "same"}}), 200);
  const json next = review.get("/api/next?reviewer=anna");
  EXPECT_EQ(next.at("pair"), review.pairs[1].id);
  EXPECT_EQ(next.at("progress").at("decided"), 1);
  EXPECT_EQ(review.answer({{"pair", review.pairs[0].id}, {"reviewer", "anna"}, {"answer", "withdrawn"}}),
            200);
  EXPECT_EQ(review.get("/api/next?reviewer=anna").at("pair"), review.pairs[0].id);
  EXPECT_EQ(read_verdicts(review.log()).judgements.size(), 2U);
}

TEST(ReviewService, APairIsDrawnAndNotJudgedBeforehand) {
  const RunningReview review;
  const json pair = review.get("/api/pair/" + review.pairs[1].id);  // the slow cover
  EXPECT_EQ(pair.at("original").at("title"), "Original");
  EXPECT_EQ(pair.at("place").at("title"), "Cover two");
  EXPECT_EQ(pair.at("place").at("start_s"), 5);
  EXPECT_NEAR(pair.at("tempo_ratio").get<double>(), 0.8, 1e-9);
  EXPECT_FALSE(pair.contains("correlation"));
  const json& semitones = pair.at("original").at("semitones");
  ASSERT_NEAR(static_cast<double>(semitones.size()), 400, 1);  // 8 s by 20 ms
  EXPECT_NEAR(semitones[25].get<double>(), 61, 0.2);  // the fifth step of the scale that begins at 57
  EXPECT_NEAR(semitones[375].get<double>(), 68, 0.2);
  EXPECT_EQ(pair.at("original").at("peaks").size(), 400U);
}

double seconds_of(const std::string& wav) {
  return static_cast<double>(wav.size() - 44) / 2 / 16000;
}

TEST(ReviewService, SoundsAreAsLongAsTheyShouldBe) {
  const RunningReview review;
  auto client = review.client();
  const std::string sound = "/api/sound/" + review.pairs[1].id + "?side=";
  EXPECT_NEAR(seconds_of(client.Get(sound + "original")->body), 8, 0.01);
  EXPECT_NEAR(seconds_of(client.Get(sound + "place")->body), 10, 0.01);
  EXPECT_NEAR(seconds_of(client.Get(sound + "in_step")->body), 8, 0.01);
  EXPECT_EQ(client.Get(sound + "both")->status, 400);
  EXPECT_EQ(client.Get(sound + "place")->get_header_value("Content-Type"), "audio/wav");
}

TEST(ReviewService, WhatIsWrongIsRefused) {
  const RunningReview review;
  auto client = review.client();
  EXPECT_EQ(client.Get("/api/next")->status, 400);
  EXPECT_EQ(client.Get("/api/next?reviewer=%20")->status, 400);
  EXPECT_EQ(client.Get("/api/pair/0123456789abcdef")->status, 404);
  EXPECT_EQ(client.Get("/api/pair/../../etc/passwd")->status, 404);
  const json good = {{"pair", review.pairs[0].id}, {"reviewer", "anna"}, {"answer", "same"}};
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, json>>{{"answer", "yes"},
                                                 {"answer", 1},
                                                 {"reviewer", ""},
                                                 {"reviewer", std::string(200, 'x')},
                                                 {"pair", nullptr}}) {
    json bad = good;
    bad[key] = value;
    EXPECT_EQ(review.answer(bad), 400) << bad;
  }
  EXPECT_EQ(review.answer({{"pair", "0123456789abcdef"}, {"reviewer", "anna"}, {"answer", "same"}}), 404);
  EXPECT_EQ(review.answer(json::array()), 400);
  EXPECT_EQ(client.Post("/api/answer", std::string(5000, ' '), "application/json")->status, 413);
  EXPECT_EQ(client.Post("/api/answer", {{"Origin", "http://evil.example"}}, good.dump(), "application/json")
                ->status,
            403);
  EXPECT_EQ(client.Get("/api/next?reviewer=anna", {{"Host", "evil.example"}})->status, 403);
  EXPECT_EQ(client.Get("/api/answer")->status, 405);
  EXPECT_FALSE(std::filesystem::exists(review.log()));
}

TEST(ReviewService, AnAnswerThatCannotBeWrittenIsToldAsNotKept) {
  const RunningReview review;
  std::filesystem::create_directory(review.log());
  EXPECT_EQ(review.answer({{"pair", review.pairs[0].id}, {"reviewer", "anna"}, {"answer", "same"}}), 507);
}

TEST(PairClips, ARecordingThatIsNotThereIsTold) {
  const testing::PairShards shards;
  const PairClips clips(shards.store(), {});
  Pair pair = testing::PairShards::pairs()[0].pair;
  pair.recording_id = "another";
  EXPECT_THROW(clips.clip(pair, Side::kPlace), DataError);
}

}  // namespace
}  // namespace melomine::review

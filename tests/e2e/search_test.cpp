#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "tests/e2e/tune_library.h"
#include "tests/support/run_melomine.h"
#include "tests/support/started_melomine.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::CommandResult;
using testing::expect_refusal;
using ::testing::HasSubstr;
using testing::run_melomine;
using testing::TuneLibrary;

nlohmann::json answer_of(const CommandResult& result) {
  const size_t start = result.output.find("{\"query\"");
  if (start == std::string::npos) throw std::runtime_error(result.output);
  return nlohmann::json::parse(result.output.substr(start, result.output.find('\n', start) - start));
}

double seconds_of(const nlohmann::json& json, const char* start, const char* end) {
  return json[end].get<double>() - json[start].get<double>();
}

TEST(E2eSearch, FindsWhichTuneIsHummedAndWhere) {
  const TuneLibrary tunes;
  ASSERT_EQ(tunes.added().status, 0) << tunes.added().output;
  EXPECT_THAT(tunes.added().output, HasSubstr("songs       12 in generation"));
  EXPECT_THAT(tunes.added().output, HasSubstr("recall      1.000 of the 64 nearest"));
  for (const int tune : {2, 7}) {
    const auto notes = TuneLibrary::melody(tune);
    const std::string hum = tunes.hum(tune, 12, 30, -3, 1.1);
    for (const char* how : {"candidates=1000", "candidates=0"}) {
      const auto result = run_melomine({"search", tunes.path("library"), hum, "--json", "--count", "3",
                                        "--set", "contour_weight=0.9", how});
      ASSERT_EQ(result.status, 0) << result.output;
      const auto answer = answer_of(result);
      ASSERT_EQ(answer["songs"].size(), 3u);
      EXPECT_EQ(answer["songs"][0]["id"], "tune" + std::to_string(tune)) << answer.dump(1);
      EXPECT_TRUE(answer["confidence"].is_null());
      const auto& place = answer["songs"][0]["places"][0];
      EXPECT_LT(place["start_s"], notes[29].end_s);
      EXPECT_GT(place["end_s"], notes[12].start_s);
      EXPECT_NEAR(place["tempo_ratio"],
                  seconds_of(answer, "query_start_s", "query_end_s") / seconds_of(place, "start_s", "end_s"),
                  0.1);
    }
    const auto table = run_melomine({"search", tunes.path("library"), hum, "--set", "contour_weight=0.9"});
    EXPECT_THAT(table.output,
                HasSubstr("\n rank    score  place in the song    tempo key shift  song\n    1  "));
  }
}

TEST(E2eSearch, HitRatesTellSongAndPlaceByLength) {
  const TuneLibrary tunes;
  std::string table = "query,reference_id,reference_start_s\n";
  for (const int tune : {2, 7, 9})
    table += fmt::format("{},tune{},{}\n", tunes.hum(tune, 12, 38, 0, 1), tune,
                         TuneLibrary::melody(tune)[12].start_s);
  write_file_atomically(tunes.path("stretches.csv"), table);
  const auto result =
      run_melomine({"search", tunes.path("library"), "--hit-rates", tunes.path("stretches.csv"), "--lengths",
                    "90, 4,8", "--json", "--set", "query_tempo_ratios=[1]", "contour_weight=0.9"});
  ASSERT_EQ(result.status, 0) << result.output;
  const auto lengths = nlohmann::json::parse(result.output.substr(result.output.find('{'))).at("lengths");
  ASSERT_EQ(lengths.size(), 3u);
  EXPECT_EQ(lengths[1].at("length_s"), 8);
  EXPECT_EQ(lengths[1].at("queries"), 3);
  EXPECT_EQ(lengths[1].at("song"), 1);
  EXPECT_GE(lengths[1].at("near"), lengths[1].at("exact"));
  EXPECT_GT(lengths[1].at("near"), 0.5) << result.output;
  EXPECT_EQ(lengths[2].at("queries"), 0) << "no query is so long";
  write_file_atomically(tunes.path("stretches.csv"),
                        "query,reference_id,reference_start_s\na.wav,nobody,3\n");
  expect_refusal(run_melomine({"search", tunes.path("library"), "--hit-rates", tunes.path("stretches.csv")}),
                 1, "stretches.csv: line 2: reference_id 'nobody' is no song of the library");
  expect_refusal(run_melomine({"search", tunes.path("library"), "--hit-rates", tunes.path("stretches.csv"),
                               "--lengths", "3,-1"}),
                 1, "nobody");
}

TEST(E2eSearch, ALibraryGrowsAndShrinks) {
  TuneLibrary tunes;
  fs::create_directories(tunes.path("more"));
  write_file_atomically(tunes.path("more/late.mid"), testing::midi_file(testing::random_tune(99, 40)));
  write_file_atomically(tunes.path("more/broken.mid"), "MThd and no more");
  const auto more = tunes.add({tunes.path("tunes"), tunes.path("more")});
  ASSERT_EQ(more.status, 0) << more.output;
  EXPECT_THAT(more.output, HasSubstr("1 added, 0 replaced, 12 unchanged"));
  EXPECT_THAT(more.output, HasSubstr("set aside   1"));
  EXPECT_THAT(run_melomine({"index", tunes.path("library"), "--remove", "tune3"}).output,
              HasSubstr("songs       12 in generation"));
  const auto found = answer_of(run_melomine(
      {"search", tunes.path("library"), tunes.hum(3, 5, 25, 0, 1), "--json", "--exact", "--count", "100"}));
  EXPECT_EQ(found["songs"].size(), 12u);
  for (const auto& song : found["songs"]) EXPECT_NE(song["id"], "tune3");
  const auto rebuilt = run_melomine({"index", tunes.path("library"), "--rebuild", "--verify", "--json"});
  EXPECT_EQ(rebuilt.status, 0) << rebuilt.output;
  EXPECT_THAT(rebuilt.output, HasSubstr("\"songs\": 12"));
  EXPECT_THAT(rebuilt.output, HasSubstr("as they were written"));
  const auto recall = nlohmann::json::parse(rebuilt.output.substr(rebuilt.output.find("{\n")))["recall"];
  EXPECT_EQ(recall["stretches"], 100);
  EXPECT_GT(recall["nearest"], 0.99);
  EXPECT_GT(recall["exact_top10"], 0.9);
  const auto spared = run_melomine({"index", tunes.path("library"), "--no-recall"});
  EXPECT_THAT(spared.output, ::testing::Not(HasSubstr("recall  ")));
}

TEST(E2eSearch, LearnsWhenNothingWasFound) {
  const TuneLibrary tunes;
  std::string table = "query,reference_id\n";
  for (int tune = 0; tune < TuneLibrary::kTunes; ++tune)
    table +=
        fs::path(tunes.hum(tune, 8, 30, 2, 0.95)).filename().string() + ",tune" + std::to_string(tune) + "\n";
  write_file_atomically(tunes.path("queries.csv"), table);
  const auto learned = run_melomine({"search", tunes.path("library"), "--table", tunes.path("queries.csv"),
                                     "--calibrate", "--set", "contour_weight=0.9"});
  ASSERT_EQ(learned.status, 0) << learned.output;
  EXPECT_THAT(learned.output, HasSubstr("12 queries: Top-1"));
  EXPECT_THAT(learned.output, HasSubstr("wrong answers: threshold"));
  const auto answer = answer_of(run_melomine(
      {"search", tunes.path("library"), tunes.path("hum4.wav"), "--json", "--set", "contour_weight=0.9"}));
  EXPECT_GT(answer["confidence"], 0.5) << answer.dump(1);
}

TEST(E2eSearch, SaysWhatCannotBeDone) {
  TuneLibrary tunes;
  const std::string library = tunes.path("library");
  expect_refusal(run_melomine({"search", library}), 2, "what is to be found?");
  expect_refusal(run_melomine({"search", tunes.path("tunes"), "hum.wav"}), 1, "is no library");
  expect_refusal(run_melomine({"search", library, tunes.path("nothing.wav")}), 1, "cannot be searched");
  expect_refusal(run_melomine({"search", library, "hum.wav", "--set", "candidate=3"}), 2, "candidates");
  expect_refusal(run_melomine({"search", library, "hum.wav", "--calibrate"}), 2, "--table");
  expect_refusal(run_melomine({"index", tunes.path("fresh"), "--add", tunes.path("tunes")}), 2,
                 "--checkpoint");
  expect_refusal(run_melomine({"index", library, "--remove", "tune77"}), 2, "has no song 'tune77'");
  expect_refusal(run_melomine({"index", library, "--rebuild", "--index", "Flatt"}), 2, "index 'Flatt'");
  EXPECT_EQ(run_melomine({"search", library, tunes.hum(1, 5, 25, 0, 1)}).status, 0)
      << "what was refused has changed nothing";
}

/// The first line that a process printed to its file, waited for.
std::string first_line(const std::string& file) {
  for (int wait = 0; wait < 600; ++wait) {
    const std::string text = fs::exists(file) ? read_file(file) : "";
    const size_t start = text.find("http://");
    const size_t end = text.find('\n', start == std::string::npos ? 0 : start);
    if (start != std::string::npos && end != std::string::npos) return text.substr(start, end - start);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return "";
}

std::string request(int port, const std::string& head, const std::string& body) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string text = head + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                             "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                             "\r\n\r\n" + body;
    for (size_t sent = 0; sent < text.size();) {
      const ssize_t n = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<size_t>(n);
    }
    char buffer[4096];
    for (ssize_t n = 0; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<size_t>(n));
  }
  close(fd);
  return answer;
}

TEST(E2eSearch, ServesALibrary) {
  const TuneLibrary tunes;
  const std::string out = tunes.path("serve.txt");
  testing::StartedMelomine server({"serve", tunes.path("library"), "--port", "0", "--keep",
                                   tunes.path("judged"), "--set", "contour_weight=0.9"},
                                  out);
  const std::string address = first_line(out);
  ASSERT_THAT(address, HasSubstr("http://127.0.0.1:")) << read_file(out);
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  EXPECT_THAT(request(port, "GET /health", ""), HasSubstr("\"songs\":12"));
  const std::string answer =
      request(port, "POST /api/search?count=2", read_file(tunes.hum(5, 10, 30, 1, 0.83)));
  EXPECT_THAT(answer, HasSubstr("200 OK"));
  const auto found = nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
  EXPECT_EQ(found["songs"][0]["id"], "tune5") << found.dump(1);
  const auto searched = answer_of(run_melomine(
      {"search", tunes.path("library"), tunes.path("hum5.wav"), "--json", "--set", "contour_weight=0.9"}));
  const auto& song = found["songs"][0];
  EXPECT_GT(song["tempo_ratio"], 1) << "hummed slower";
  EXPECT_EQ(song["tempo_ratio"], searched["songs"][0]["places"][0]["tempo_ratio"]);
  EXPECT_NEAR(song["tempo_ratio"],
              seconds_of(song, "query_start_s", "query_end_s") / seconds_of(song, "start_s", "end_s"), 0.1);
  EXPECT_THAT(request(port, "GET /api/curve?song=tune5&start=1&end=5", ""), HasSubstr("semitones"));
  EXPECT_THAT(
      request(port, "POST /api/judge", "{\"query\": " + found["query"].dump() + ", \"song\": \"tune5\"}"),
      HasSubstr("200 OK"));
  EXPECT_EQ(server.end_with(SIGTERM), 0) << read_file(out);
  EXPECT_THAT(read_file(tunes.path("judged/queries.csv")), HasSubstr("tune5"));
  EXPECT_THAT(read_file(out), ::testing::Not(HasSubstr("not kept")));
}

TEST(E2eSearch, AServiceWithoutAFolderSaysThatVerdictsAreNotKept) {
  const TuneLibrary tunes;
  const std::string out = tunes.path("serve.txt");
  testing::StartedMelomine server({"serve", tunes.path("library"), "--port", "0"}, out);
  ASSERT_THAT(first_line(out), HasSubstr("http://127.0.0.1:")) << read_file(out);
  EXPECT_EQ(server.end_with(SIGTERM), 0) << read_file(out);
  EXPECT_THAT(read_file(out), HasSubstr("/\nverdicts are not kept; --keep DIR keeps them\n"));
}

}  // namespace
}  // namespace melomine

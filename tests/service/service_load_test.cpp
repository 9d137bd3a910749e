#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/random.h"
#include "core/text.h"
#include "dsp/encode.h"
#include "tests/service/raw_socket.h"
#include "tests/service/running_service.h"
#include "tests/support/ffmpeg.h"

namespace melomine::service {
namespace {

using melomine::testing::hum_bytes;
using melomine::testing::RawSocket;
using melomine::testing::RunningService;
using melomine::testing::TempFolder;
using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// How many times a test does its work: MELOMINE_SERVICE_ROUNDS percent of what is usual here.
int times(int usual) {
  const char* percent = std::getenv("MELOMINE_SERVICE_ROUNDS");
  return usual * parse<int>(percent == nullptr ? "100" : percent).value_or(100) / 100;
}

double resident_mib() {
  std::ifstream statm("/proc/self/statm");
  int64_t all = 0, resident = 0;
  statm >> all >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// What a process may grow by that has seen its work before: freed memory that the sanitizer keeps, threads'
/// arenas.
#if defined(__SANITIZE_ADDRESS__)
constexpr double kGrowth_mib = 384;
#else
constexpr double kGrowth_mib = 64;
#endif

bool is_healthy(const RunningService& service) {
  const auto result = service.client().Get("/health");
  return result && result->status == 200;
}

TEST(ServiceLoad, EightClientsAtOnceAreAllAnswered) {
  RunningService service({.most_at_once = 4});
  service.finder.search_ms = 100;
  std::vector<std::thread> clients;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&, i] {
      for (int n = 0; n < 5; ++n) {
        const double duration_s = 1 + i;
        const json answer = service.search(hum_bytes(duration_s));
        if (std::abs(answer.at("hum_s").get<double>() - duration_s) < 1e-9 && answer.at("songs").size() == 3)
          ++answered;
      }
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, 40);
  EXPECT_EQ(service.finder.most_running(), 4);
}

TEST(ServiceLoad, MoreSearchesThanAllowedAreAskedToComeAgain) {
  RunningService service({.most_at_once = 1});
  service.finder.search_ms = 1000;
  std::thread first([&] { service.search(hum_bytes(1)); });
  while (service.finder.running() == 0) std::this_thread::sleep_for(milliseconds(5));
  auto client = service.client();
  const auto result = client.Post("/api/search", hum_bytes(1), "audio/wav");
  EXPECT_EQ(result->status, 503);
  EXPECT_EQ(result->get_header_value("Retry-After"), "1");
  EXPECT_TRUE(is_healthy(service));
  first.join();
}

TEST(ServiceLoad, SlowAndHalfClosedConnectionsHoldNothingUp) {
  const int count = std::min(times(48), 240);  // all of them connected at once
  RunningService service({.max_upload_mib = 1, .most_connections = 256, .timeout_s = 1});
  const double before_mib = resident_mib();
  const std::string post = "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
  std::vector<RawSocket> sockets;
  for (int i = 0; i < count; ++i) {
    sockets.emplace_back(service.running.port());
    const RawSocket& socket = sockets.back();
    if (i % 6 == 1) socket.send("GET / HT");
    if (i % 6 == 2) socket.send(post + "RIFF");
    if (i % 6 == 3) socket.send(post.substr(0, 40));
    if (i % 6 == 3 || i % 6 == 4) socket.close_half();
    if (i % 6 == 5) socket.send(post.substr(0, post.size() - 2));
  }
  EXPECT_TRUE(is_healthy(service));
  EXPECT_EQ(service.search(hum_bytes(1)).at("songs").size(), 3U);
  // A byte now and then does not keep a connection alive.
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed_s = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  for (int round = 0; round < 4; ++round) {
    for (int i = 1; i < count; i += 6) sockets[static_cast<size_t>(i)].send("T");
    std::this_thread::sleep_for(milliseconds(300));
  }
  for (const RawSocket& socket : sockets)
    EXPECT_THAT(socket.receive(milliseconds(9000)),
                AnyOf("", StartsWith("HTTP/1.1 4"), HasSubstr("too many uploads")));
  EXPECT_LT(elapsed_s(), 12);
  EXPECT_TRUE(is_healthy(service));
  EXPECT_LT(resident_mib() - before_mib, kGrowth_mib);
}

TEST(ServiceLoad, AHalfClosedConnectionGetsItsAnswer) {
  const RunningService service;
  const RawSocket socket(service.running.port());
  socket.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  socket.close_half();
  EXPECT_THAT(socket.receive(milliseconds(5000)), HasSubstr("\"status\":\"ok\""));
}

TEST(ServiceLoad, RequestsOneBehindTheOtherAreAnsweredInOrder) {
  const RunningService service;
  const RawSocket socket(service.running.port());
  const std::string body = R"({"query": "x", "song": null})";
  socket.send(
      "POST /api/judge HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body + "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string answers = socket.receive(milliseconds(5000));
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 409"));
  EXPECT_THAT(answers, HasSubstr("HTTP/1.1 200"));
}

TEST(ServiceLoad, MoreConnectionsThanAllowedAreTurnedAway) {
  const RunningService service({.most_connections = 8, .timeout_s = 1});
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 8; ++i) {
    sockets.emplace_back(service.running.port());
    sockets.back().send("GET / HT");
  }
  std::this_thread::sleep_for(milliseconds(100));
  const RawSocket further(service.running.port());
  EXPECT_THAT(further.receive(milliseconds(500)), StartsWith("HTTP/1.1 503"));
  for (const RawSocket& socket : sockets)
    EXPECT_THAT(socket.receive(milliseconds(5000)), StartsWith("HTTP/1.1 408"));
  sockets.clear();
  for (int tries = 0; tries < 50 && !is_healthy(service); ++tries)
    std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(is_healthy(service));
}

/// One of the ways in which files are broken.
std::string mutated(std::string bytes, RandomStream& random) {
  const auto below = [&](size_t count) {
    return static_cast<size_t>(random.integer(static_cast<int64_t>(count)));
  };
  const size_t head = std::min<size_t>(bytes.size(), 200);  // where sizes and rates stand
  const auto byte = [&] { return static_cast<char>(below(256)); };
  switch (below(6)) {
    case 0:  // cut
      bytes.resize(below(bytes.size()));
      break;
    case 1:  // a stretch lost
      bytes.erase(below(bytes.size()), 1 + below(5000));
      break;
    case 2:  // a stretch twice
      bytes.insert(below(bytes.size()), bytes.substr(below(bytes.size()), 1 + below(5000)));
      break;
    case 3:
      for (size_t i = 0, count = 1 + below(8); i < count; ++i) bytes[below(head)] = byte();
      break;
    case 4:
      for (size_t i = 0, count = 1 + below(100); i < count; ++i) bytes[below(bytes.size())] = byte();
      break;
    default:  // a number of four bytes at its limits
      bytes.replace(below(head), 4, 4, random.chance(0.5) ? '\xff' : '\0');
  }
  return bytes;
}

std::vector<std::string> sound_files() {
  const TempFolder folder;
  write_file_atomically(folder / "hum.wav", hum_bytes(3));
  std::vector<std::string> files = {hum_bytes(3)};
  for (const std::string name :
       {"a.flac", "a.mp3", "a.webm", "a.ogg", "a.m4a", "a.aiff", "a.wv", "a.mkv", "a.caf"}) {
    melomine::testing::ffmpeg({"-i", (folder / "hum.wav").string(), (folder / name).string()});
    files.push_back(read_file(folder / name));
  }
  return files;
}

TEST(ServiceLoad, BrokenUploadsAreRefusedOrSearched) {
  const int count = times(80);
  const RunningService service({.max_upload_mib = 1, .max_hum_s = 10});
  const std::vector<std::string> files = sound_files();
  auto client = service.client();
  client.set_keep_alive(true);
  double half_mib = 0;
  std::map<int, int> statuses;
  for (int i = 0; i < count; ++i) {
    RandomStream random({1, static_cast<uint64_t>(i)});
    std::string upload = mutated(files[static_cast<size_t>(i) % files.size()], random);
    for (int64_t more = random.integer(3); more > 0 && !upload.empty(); --more)
      upload = mutated(upload, random);
    const auto result = client.Post("/api/search", upload, "audio/wav");
    ASSERT_TRUE(result) << "upload " << i << ": " << httplib::to_string(result.error());
    EXPECT_THAT(result->status, AnyOf(200, 400, 422)) << "upload " << i << ": " << result->body;
    EXPECT_TRUE(json::accept(result->body)) << "upload " << i;
    ++statuses[result->status];
    if (i == count / 2) half_mib = resident_mib();
  }
  EXPECT_GT(statuses[200], count / 20);
  EXPECT_GT(statuses[422], count / 20);
  EXPECT_LT(resident_mib() - half_mib, kGrowth_mib);
  EXPECT_TRUE(is_healthy(service));
  RecordProperty("searched", statuses[200]);
  RecordProperty("refused", statuses[422]);
}

TEST(ServiceLoad, BrokenRequestsAreRefused) {
  const RunningService service({.max_upload_mib = 1, .timeout_s = 0.3});
  const std::string form =
      "--x\r\nContent-Disposition: form-data; name=\"hum\"; filename=\"a\"\r\nContent-Type: "
      "audio/wav\r\n\r\nRIFF\r\n--x--\r\n";
  const std::vector<std::string> requests = {
      "GET /api/audio?song=song-0&start=0&end=1 HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-10\r\n\r\n",
      "POST /api/search?count=3 HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; "
      "boundary=x\r\nContent-Length: " +
          std::to_string(form.size()) + "\r\n\r\n" + form,
      "POST /api/judge HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"};
  for (int i = 0; i < times(60); ++i) {
    RandomStream random({2, static_cast<uint64_t>(i)});
    const RawSocket socket(service.running.port());
    socket.send(mutated(requests[static_cast<size_t>(i) % requests.size()], random));
    socket.close_half();
    EXPECT_THAT(socket.receive(milliseconds(5000)), AnyOf("", StartsWith("HTTP/1.1 "))) << i;
  }
  EXPECT_TRUE(is_healthy(service));
}

TEST(ServiceLoad, EndsWhenAskedToAndFinishesAnswers) {
  testing::FakeFinder finder;
  finder.search_ms = 500;
  std::atomic<int> port = 0;
  std::thread serving([&] {
    run_service(finder, {.port = 0}, [&](const std::string& address) {
      port = std::stoi(address.substr(address.rfind(':') + 1));
    });
  });
  while (port == 0) std::this_thread::sleep_for(milliseconds(5));
  const RawSocket idle(port);
  std::string answer;
  std::thread searching([&] {
    httplib::Client client("127.0.0.1", port);
    if (const auto result = client.Post("/api/search", hum_bytes(1), "audio/wav")) answer = result->body;
  });
  while (finder.running() == 0) std::this_thread::sleep_for(milliseconds(5));
  const auto begin = std::chrono::steady_clock::now();
  set_cancellation_requested(true);
  serving.join();
  set_cancellation_requested(false);
  searching.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(4000));
  EXPECT_THAT(answer, HasSubstr("\"songs\""));
  EXPECT_EQ(idle.receive(milliseconds(1000)), "");
  EXPECT_THROW(RawSocket{port}, std::runtime_error);
}

}  // namespace
}  // namespace melomine::service

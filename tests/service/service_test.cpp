#include "service/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/atomic_file.h"
#include "core/error.h"
#include "dsp/encode.h"
#include "evaluation/query_table.h"
#include "service/verdict_table.h"
#include "tests/service/running_service.h"
#include "tests/support/ffmpeg.h"

namespace melomine::service {
namespace {

using melomine::testing::hum_bytes;
using melomine::testing::RunningService;
using melomine::testing::TempFolder;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// The message of an answer that is an error.
std::string error_of(const httplib::Result& result) {
  return json::parse(result->body).at("error").get<std::string>();
}

TEST(Service, SaysHowItIs) {
  const RunningService service({.max_hum_s = 20});
  auto client = service.client();
  const auto result = client.Get("/health");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  const json health = json::parse(result->body);
  EXPECT_EQ(health.at("status"), "ok");
  EXPECT_EQ(health.at("songs"), 3);
  EXPECT_EQ(health.at("max_hum_s"), 20);
  EXPECT_EQ(health.at("keeps_verdicts"), false);
}

TEST(Service, FindsWhatWasPlanted) {
  const RunningService service({}, {"First", "Second", "Third"});
  auto client = service.client();
  const auto result = client.Post("/api/search?count=2", hum_bytes(3), "audio/wav");
  ASSERT_TRUE(result);
  ASSERT_EQ(result->status, 200) << result->body;
  const json answer = json::parse(result->body);
  EXPECT_EQ(answer.at("match"), true);
  EXPECT_NEAR(answer.at("hum_s").get<double>(), 3, 1e-9);
  EXPECT_EQ(answer.at("query").get<std::string>().size(), 16U);
  ASSERT_EQ(answer.at("songs").size(), 2U);
  EXPECT_EQ(answer.at("songs")[0].at("title"), "First");
  EXPECT_EQ(answer.at("songs")[0].at("start_s"), 2);
  EXPECT_EQ(answer.at("curve").at("semitones").size(), 150U);
  EXPECT_TRUE(answer.at("curve").at("semitones")[49].is_null());  // a rest
}

TEST(Service, TakesAnyContainerAndForms) {
  const RunningService service;
  const TempFolder folder;
  write_file_atomically(folder / "hum.wav", hum_bytes(3));
  auto client = service.client();
  for (const std::string name : {"hum.flac", "hum.mp3", "hum.webm", "hum.ogg", "hum.m4a", "hum.aiff"}) {
    testing::ffmpeg({"-i", (folder / "hum.wav").string(), (folder / name).string()});
    const auto result = client.Post("/api/search", read_file(folder / name), "application/octet-stream");
    ASSERT_TRUE(result) << name;
    EXPECT_EQ(result->status, 200) << name << result->body;
    const auto hum = client.Get("/api/hum/" + json::parse(result->body).at("query").get<std::string>());
    EXPECT_EQ(hum->body, read_file(folder / name));
    EXPECT_THAT(hum->get_header_value("Content-Disposition"), HasSubstr("attachment"));
  }
  const httplib::MultipartFormDataItems form = {{"note", "from a form", "", ""},
                                                {"hum", hum_bytes(2), "../../hum.wav", "audio/wav"}};
  const auto result = client.Post("/api/search", form);
  EXPECT_EQ(result->status, 200) << result->body;
  // As curl sends a file that it is told nothing of.
  EXPECT_EQ(client.Post("/api/search", hum_bytes(2), "application/x-www-form-urlencoded")->status, 200);
}

TEST(Service, PlaysAndDrawsTheStretchThatWasFound) {
  const RunningService service;
  auto client = service.client();
  const auto audio = client.Get("/api/audio?song=song-0&start=2&end=5");
  ASSERT_EQ(audio->status, 200) << audio->body;
  EXPECT_EQ(audio->get_header_value("Content-Type"), "audio/wav");
  EXPECT_EQ(audio->body.size(), 44U + 3 * 24000 * 2);
  EXPECT_EQ(client.Get("/api/audio?song=song-0&start=18&end=25")->body.size(), 44U + 2 * 24000 * 2);
  const auto part =
      client.Get("/api/audio?song=song-0&start=2&end=5", {httplib::make_range_header({{0, 43}})});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, audio->body.substr(0, 44));
  const json curve = json::parse(client.Get("/api/curve?song=song-1&start=2&end=5")->body);
  EXPECT_EQ(curve.at("semitones").size(), 150U);
  EXPECT_EQ(client.Get("/api/audio?song=song-0&start=30&end=35")->status, 404);
  EXPECT_EQ(client.Get("/api/audio?song=song-1&start=0&end=5")->status, 404);  // has no recording
  for (const char* path : {"/api/audio", "/api/curve"}) {
    const std::string at = path;
    EXPECT_EQ(client.Get(at + "?song=nothing&start=0&end=5")->status, 404);
    EXPECT_EQ(client.Get(at + "?song=..%2f..%2fetc%2fpasswd&start=0&end=5")->status, 404);
    for (const char* wrong : {"", "?song=song-0", "?song=song-0&start=a&end=2", "?song=song-0&start=3&end=2",
                              "?song=song-0&start=-1&end=2", "?song=song-0&start=0&end=1e9",
                              "?song=song-0&start=nan&end=5", "?start=0&end=5"})
      EXPECT_EQ(client.Get(at + wrong)->status, 400) << at << wrong;
  }
}

TEST(Service, SaysWhatIsWrongWithAnUpload) {
  const RunningService service({.max_upload_mib = 1, .max_hum_s = 5});
  auto client = service.client();
  const auto post = [&](const std::string& body) { return client.Post("/api/search", body, "audio/wav"); };
  EXPECT_EQ(post("")->status, 400);
  EXPECT_THAT(error_of(post("")), HasSubstr("no body"));
  EXPECT_EQ(post("no audio at all")->status, 422);
  EXPECT_THAT(error_of(post("no audio at all")), HasSubstr("not in an audio format"));
  EXPECT_THAT(error_of(post("no audio at all")), Not(HasSubstr("/proc")));
  EXPECT_THAT(error_of(post(hum_bytes(6))), HasSubstr("longer than the 5 s allowed"));
  EXPECT_THAT(error_of(post(hum_bytes(3).substr(0, 30000))), HasSubstr("truncated"));
  const auto large = post(std::string(3 << 20, 'x'));
  ASSERT_TRUE(large) << httplib::to_string(large.error());
  EXPECT_EQ(large->status, 413);
  EXPECT_THAT(error_of(large), HasSubstr("3.0 MiB, at most 1.0"));
  for (const char* count : {"0", "51", "-1", "2.5", "many"})
    EXPECT_EQ(client.Post(std::string("/api/search?count=") + count, hum_bytes(1), "audio/wav")->status, 400);
  EXPECT_EQ(post(hum_bytes(3))->status, 200);
}

TEST(Service, OpensNothingThatAPlaylistNames) {
  const RunningService service;
  const TempFolder folder;
  write_file_atomically(folder / "private.wav", hum_bytes(3));
  const std::string name = (folder / "private.wav").string();
  auto client = service.client();
  for (const std::string& playlist : std::vector<std::string>{
           "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:3,\nfile:/"
           "/" +
               name + "\n#EXT-X-ENDLIST\n",
           "ffconcat version 1.0\nfile " + name + "\n",
           "ffconcat version 1.0\nfile http://127.0.0.1:9/a.wav\n", "[playlist]\nFile1=" + name + "\n"})
    EXPECT_EQ(client.Post("/api/search", playlist, "audio/wav")->status, 422) << playlist;
}

TEST(Service, AFailureOfTheLibraryIsNotTold) {
  RunningService service;
  service.finder.fails = true;
  auto client = service.client();
  const auto result = client.Post("/api/search", hum_bytes(1), "audio/wav");
  EXPECT_EQ(result->status, 500);
  EXPECT_THAT(result->body, Not(HasSubstr("secret")));
  for (const auto& [name, value] : result->headers) EXPECT_THAT(value, Not(HasSubstr("secret"))) << name;
}

TEST(Service, HasNoOtherPagesAndMethods) {
  const RunningService service;
  auto client = service.client();
  for (const char* path :
       {"/nothing", "/api", "/api/", "/api/hum/", "/api/hum/../../etc/passwd", "/page.js/x",
        "/api/hum/zzzzzzzzzzzzzzzz", "/%2e%2e/etc/passwd", "/api/hum/0123456789abcdef"})
    EXPECT_EQ(client.Get(path)->status, 404) << path;
  EXPECT_EQ(client.Get("/api/search")->status, 405);
  EXPECT_EQ(client.Get("/api/search")->get_header_value("Allow"), "POST");
  EXPECT_EQ(client.Post("/health", "x", "text/plain")->status, 405);
  EXPECT_EQ(client.Put("/api/judge", "x", "text/plain")->status, 405);
  EXPECT_EQ(client.Delete("/")->status, 405);
  EXPECT_EQ(client.Head("/")->status, 200);
}

TEST(Service, TitlesAreDataWhateverTheyHold) {
  const std::vector<std::string> titles = {"<img src=x onerror=alert(1)>", "\"'`</script>\u2028\u2029",
                                           "broken \xff\xfe utf-8 \x01\x7f"};
  const RunningService service({}, titles);
  const json songs = service.search(hum_bytes(1)).at("songs");
  EXPECT_EQ(songs[0].at("title"), titles[0]);
  EXPECT_EQ(songs[1].at("title"), titles[1]);
  EXPECT_EQ(songs[2].at("title"), "broken \ufffd\ufffd utf-8 \x01\x7f");
  auto client = service.client();
  const auto result = client.Post("/api/search", hum_bytes(1), "audio/wav");
  EXPECT_EQ(result->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(result->get_header_value("X-Content-Type-Options"), "nosniff");
}

TEST(Service, KeepsVerdictsAsAQueryTable) {
  const TempFolder folder;
  const RunningService service({.keep = folder / "kept"});
  auto client = service.client();
  const auto judge = [&](const json& verdict) {
    return client.Post("/api/judge", verdict.dump(), "application/json");
  };
  const std::string first = service.search(hum_bytes(2)).at("query"),
                    second = service.search(hum_bytes(3)).at("query");
  EXPECT_EQ(judge({{"query", first}, {"song", "song-1"}})->status, 200);
  EXPECT_EQ(judge({{"query", second}, {"song", nullptr}})->status, 200);
  EXPECT_EQ(judge({{"query", second}, {"song", "song-9"}})->status, 400);
  EXPECT_EQ(judge({{"query", "0123456789abcdef"}, {"song", nullptr}})->status, 404);
  for (const json& wrong :
       {json::array(), json{{"query", first}}, json{{"query", 1}, {"song", nullptr}}, json("x")})
    EXPECT_EQ(judge(wrong)->status, 400) << wrong;
  EXPECT_EQ(client.Post("/api/judge", "{\"query\":", "application/json")->status, 400);
  EXPECT_EQ(json::parse(client.Get("/health")->body).at("verdicts"), 2);
  const auto table =
      evaluation::read_queries(folder / "kept" / kVerdictsFile, evaluation::MatchQueriesWith::kReferences,
                               {{.reference_id = "song-1", .path = {}, .also = {}, .table = {}}});
  ASSERT_EQ(table.queries.size(), 1U);
  EXPECT_EQ(table.queries[0].reference_id, "song-1");
  EXPECT_EQ(read_file(table.queries[0].path), hum_bytes(2));
  EXPECT_EQ(table.left_out.size(), 1U);
}

TEST(Service, KeepsNothingUnlessTold) {
  const RunningService service;
  auto client = service.client();
  const std::string query = service.search(hum_bytes(1)).at("query");
  const auto result =
      client.Post("/api/judge", json{{"query", query}, {"song", nullptr}}.dump(), "application/json");
  EXPECT_EQ(result->status, 409);
  EXPECT_THAT(error_of(result), HasSubstr("--keep"));
}

TEST(Service, APortThatIsTakenIsAnError) {
  const RunningService service;
  const testing::FakeFinder finder;
  EXPECT_THROW(Service(finder, {.port = service.running.port()}), DataError);
}

}  // namespace
}  // namespace melomine::service

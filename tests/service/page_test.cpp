#include "service/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "core/atomic_file.h"
#include "service/verdict_table.h"
#include "tests/service/running_service.h"
#include "tests/support/markup.h"
#include "tests/support/run_command.h"

namespace melomine::service {
namespace {

using melomine::testing::hum_bytes;
using melomine::testing::RunningService;
using melomine::testing::TempFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ServicePage, IsWellFormedAndNeedsNothingFromElsewhere) {
  EXPECT_EQ(testing::markup_problem(page_html()), "");
  for (const std::string& text : {page_html(), page_style(), page_script()}) {
    std::string own = text;
    const std::string svg = "http://www.w3.org/2000/svg";  // a name, not an address
    if (const size_t at = own.find(svg); at != own.npos) own.erase(at, svg.size());
    EXPECT_THAT(own, AllOf(Not(HasSubstr("http:")), Not(HasSubstr("url(")), Not(HasSubstr("@import"))));
  }
}

TEST(ServicePage, TextsNeverBecomeMarkup) {
  for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                          "new Function", "setAttribute('on", "javascript:"})
    EXPECT_THAT(page_script(), Not(HasSubstr(way)));
  EXPECT_THAT(page_html(),
              AllOf(Not(HasSubstr("<script>")), Not(HasSubstr("style='")), Not(HasSubstr(" on"))));
}

TEST(ServicePage, RunsNoOtherScripts) {
  const RunningService service;
  auto client = service.client();
  const auto page = client.Get("/");
  const std::string policy = page->get_header_value("Content-Security-Policy");
  EXPECT_THAT(policy, AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"),
                            HasSubstr("frame-ancestors 'none'"), Not(HasSubstr("unsafe"))));
  EXPECT_THAT(page->get_header_value("Content-Type"), HasSubstr("text/html"));
  EXPECT_EQ(page->body, page_html());
  EXPECT_EQ(client.Get("/page.js")->body, page_script());
  EXPECT_EQ(client.Get("/page.css")->body, page_style());
}

/// Whether the path of programs has one.
bool has_program(const std::string& name) {
  return testing::run_command({"sh", "-c", "command -v " + name}).status == 0;
}

/// What browse.py tells of a browser that opened the page. MELOMINE_SERVICE_PICTURES names a folder for
/// pictures of what it saw, wide and light, narrow and dark.
std::string browse(const RunningService& service, const std::filesystem::path& hum, const std::string& what) {
  std::vector<std::string> words = {"python3",    "-B", "tests/service/browse.py", service.running.address(),
                                    hum.string(), what};
  if (const char* pictures = std::getenv("MELOMINE_SERVICE_PICTURES"); pictures != nullptr) {
    const std::string path =
        std::string(pictures) + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    auto narrow = words;
    narrow.insert(narrow.end(), {path + "-narrow.png", "390", "dark"});
    testing::run_command(narrow);
    words.insert(words.end(), {path + ".png", "900"});
  }
  const auto result = testing::run_command(words);
  EXPECT_EQ(result.status, 0) << result.output;
  return result.output;
}

TEST(E2eServicePage, ABrowserUploadsARecordingAndJudges) {
  if (!has_program("chromium")) GTEST_SKIP() << "needs chromium (scripts/install-dependencies --test)";
  const TempFolder folder;
  const RunningService service(
      {.keep = folder / "kept"},
      {"<img src=x onerror=\"document.title='broken in'\">", "The second one", "A third"});
  write_file_atomically(folder / "hum.wav", hum_bytes(6));
  const auto told = nlohmann::json::parse(browse(service, folder / "hum.wav", "upload"));
  EXPECT_EQ(told.at("title"),
            "Find a song by humming - melomine");  // the script in a song's title did not run
  EXPECT_EQ(told.at("songs")[0], "<img src=x onerror=\"document.title='broken in'\">");
  EXPECT_EQ(told.at("images"), 0);
  EXPECT_EQ(told.at("songs").size(), 3U);
  EXPECT_GT(told.at("song_line").get<int>(), 100);
  EXPECT_GT(told.at("hum_line").get<int>(), 100);
  EXPECT_NEAR(told.at("song_s").get<double>(), 6, 0.1);  // what the player of the song has loaded
  EXPECT_NEAR(told.at("hum_s").get<double>(), 6, 0.1);
  EXPECT_THAT(told.at("thanks").get<std::string>(), HasSubstr("The second one"));
  EXPECT_EQ(told.at("problems").size(), 0U) << told.at("problems");
  EXPECT_THAT(read_file(folder / "kept" / kVerdictsFile), HasSubstr(".wav,song-1,\n"));
}

TEST(E2eServicePage, ABrowserRecordsAndFinds) {
  if (!has_program("chromium")) GTEST_SKIP() << "needs chromium (scripts/install-dependencies --test)";
  const TempFolder folder;
  const RunningService service;
  write_file_atomically(folder / "hum.wav", hum_bytes(10));
  const auto told = nlohmann::json::parse(browse(service, folder / "hum.wav", "record"));
  EXPECT_EQ(told.at("songs").size(), 3U) << told;
  EXPECT_EQ(told.at("problems").size(), 0U) << told.at("problems");
  EXPECT_EQ(told.at("verdict_buttons"), 0);  // nothing is kept here
}

TEST(E2eServicePage, ABrowserIsToldWhatIsWrong) {
  if (!has_program("chromium")) GTEST_SKIP() << "needs chromium (scripts/install-dependencies --test)";
  const TempFolder folder;
  const RunningService service;
  write_file_atomically(folder / "hum.wav", "this is a text");
  const auto told = nlohmann::json::parse(browse(service, folder / "hum.wav", "upload"));
  EXPECT_THAT(told.at("error").get<std::string>(), HasSubstr("not in an audio format"));
}

}  // namespace
}  // namespace melomine::service

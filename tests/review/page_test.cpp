#include "review/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "core/atomic_file.h"
#include "tests/review/running_review.h"
#include "tests/support/markup.h"
#include "tests/support/run_command.h"

namespace melomine::review {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunningReview;
namespace support = melomine::testing;

TEST(ReviewPage, IsWellFormedAndNeedsNothingFromElsewhere) {
  EXPECT_EQ(support::markup_problem(page_html()), "");
  for (const std::string& text : {page_html(), page_style(), page_script()}) {
    std::string own = text;
    const std::string svg = "http://www.w3.org/2000/svg";  // a name, not an address
    if (const size_t at = own.find(svg); at != own.npos) own.erase(at, svg.size());
    EXPECT_THAT(own, AllOf(Not(HasSubstr("http:")), Not(HasSubstr("url(")), Not(HasSubstr("@import"))));
  }
}

TEST(ReviewPage, TextsNeverBecomeMarkup) {
  for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                          "new Function", "setAttribute('on", "javascript:"})
    EXPECT_THAT(page_script(), Not(HasSubstr(way)));
  EXPECT_THAT(page_html(),
              AllOf(Not(HasSubstr("<script>")), Not(HasSubstr("style='")), Not(HasSubstr(" on"))));
}

TEST(ReviewPage, RunsNoOtherScripts) {
  const RunningReview review;
  auto client = review.client();
  const auto page = client.Get("/");
  EXPECT_THAT(
      page->get_header_value("Content-Security-Policy"),
      AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"), Not(HasSubstr("unsafe"))));
  EXPECT_EQ(page->body, page_html());
  EXPECT_EQ(client.Get("/review.js")->body, page_script());
  EXPECT_EQ(client.Get("/review.css")->body, page_style());
}

bool has_browser() {
  return support::run_command({"sh", "-c", "command -v chromium"}).status == 0;
}

/// What browse.py tells. MELOMINE_SERVICE_PICTURES names a folder for pictures of what it saw.
std::string browse(const RunningReview& review, const std::string& reviewer) {
  std::vector<std::string> words = {"python3", "-B", "tests/review/browse.py", review.service.address(),
                                    reviewer};
  if (const char* pictures = std::getenv("MELOMINE_SERVICE_PICTURES"); pictures != nullptr) {
    auto wide = words, narrow = words;
    wide.back() = narrow.back() = "looker";
    wide.insert(wide.end(), {std::string(pictures) + "/review.png", "900"});
    narrow.insert(narrow.end(), {std::string(pictures) + "/review-narrow.png", "390", "dark"});
    for (const auto& each : {wide, narrow}) support::run_command(each);
    std::filesystem::remove(review.log());
  }
  const auto result = support::run_command(words);
  EXPECT_EQ(result.status, 0) << result.output;
  return result.output;
}

TEST(E2eReviewPage, ABrowserReviewsByTheKeyboardAloneAndHostileTitlesRunNothing) {
  if (!has_browser()) GTEST_SKIP() << "needs chromium (scripts/install-dependencies --test)";
  const std::string hostile =
      "<img src=x onerror=\"document.title='broken in'\"></script><script>document.title='in'</script>";
  const RunningReview review({}, {hostile, "'\"><svg onload=document.title='in'>", "Cover two"});
  const auto told = nlohmann::json::parse(browse(review, "anna sk"));  // its keys answer nothing while typed
  EXPECT_EQ(told.at("page"), "Review pairs - melomine");
  EXPECT_EQ(told.at("titles")[0], hostile);
  EXPECT_EQ(told.at("titles")[1], "'\"><svg onload=document.title='in'>");
  EXPECT_EQ(told.at("images"), 0);
  for (const char* drawn : {"curves", "waves"})
    for (const auto& length : told.at(drawn)) EXPECT_GT(length.get<int>(), 500) << drawn;
  EXPECT_EQ(told.at("heard"), nlohmann::json::parse(R"([["original",1],["place",1],["both",2]])"));
  for (const auto& seconds : told.at("durations")) EXPECT_NEAR(seconds.get<double>(), 8, 0.05);
  const auto& shown = told.at("shown");
  EXPECT_EQ(shown[0], review.pairs[0].id);
  EXPECT_EQ(shown[1], review.pairs[1].id);
  EXPECT_EQ(shown[3], review.pairs[3].id);
  EXPECT_EQ(shown[4], review.pairs[2].id);  // what was skipped, taken back
  EXPECT_EQ(told.at("told")[4], true);      // the help
  EXPECT_EQ(told.at("problems").size(), 0U) << told.at("problems");
  EXPECT_EQ(told.at("error"), "");
  const Consensus consensus(read_verdicts(review.log()).judgements);
  EXPECT_EQ(consensus.votes(review.pairs[0].pair).by_reviewer.at("anna sk"), Answer::kSame);
  EXPECT_EQ(consensus.votes(review.pairs[1].pair).majority(), Answer::kDifferent);
  EXPECT_EQ(consensus.votes(review.pairs[2].pair).majority(), Answer::kSame);
  EXPECT_EQ(consensus.size(), 6);
}

}  // namespace
}  // namespace melomine::review

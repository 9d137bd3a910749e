#include "service/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "service/http_error.h"

namespace melomine::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const HeadRules kRules{.host = "127.0.0.1", .known_as = "hum.example", .max_body_bytes = 1000};

std::string head(const std::string& line, const std::string& fields) {
  return line + "\r\nHost: localhost:8032\r\n" + fields + "\r\n";
}
int status_of(const std::string& text) {
  try {
    check_head(text, kRules);
    return 200;
  } catch (const HttpError& error) {
    return error.status();
  }
}
std::string with_host(const std::string& host) {
  return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}

TEST(RequestHead, KnowsTheBodyThatFollows) {
  const RequestHead post = check_head(head("POST /api/search HTTP/1.1", "Content-Length: 12\r\n"), kRules);
  EXPECT_EQ(post.method, "POST");
  EXPECT_EQ(post.body_bytes, 12);
  EXPECT_EQ(check_head(head("GET / HTTP/1.1", ""), kRules).body_bytes, 0);
}

TEST(RequestHead, NamesThatAreNotItsOwnAreRefused) {
  for (const char* host :
       {"localhost", "LOCALHOST:80", "127.0.0.1:8032", "[::1]:8032", "192.168.1.7", "hum.example"})
    EXPECT_EQ(status_of(with_host(host)), 200) << host;
  for (const char* host :
       {"evil.example", "127.0.0.1.evil.example:8032", "localhost.evil.example", "", "[::1"})
    EXPECT_EQ(status_of(with_host(host)), 403) << host;
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"), 400);
}

TEST(RequestHead, OtherPagesMayNotPost) {
  const std::string line = "POST /api/judge HTTP/1.1", length = "Content-Length: 1\r\n";
  EXPECT_EQ(status_of(head(line, length)), 200);
  EXPECT_EQ(status_of(head(line, length + "Origin: http://localhost:8032\r\n")), 200);
  EXPECT_EQ(status_of(head(line, length + "Origin: http://evil.example\r\n")), 403);
  EXPECT_EQ(status_of(head(line, length + "Origin: http://localhost:9999\r\n")), 403);
  EXPECT_EQ(status_of(head(line, length + "Origin: null\r\n")), 403);
  EXPECT_EQ(status_of(head(line, length + "Sec-Fetch-Site: cross-site\r\n")), 403);
}

TEST(RequestHead, BodiesOfUnknownSizeAreRefused) {
  const std::string line = "POST /api/search HTTP/1.1";
  EXPECT_EQ(status_of(head(line, "")), 411);
  EXPECT_EQ(status_of(head(line, "Transfer-Encoding: chunked\r\n")), 411);
  EXPECT_EQ(status_of(head(line, "Content-Length: 5\r\nContent-Encoding: gzip\r\n")), 415);
  EXPECT_EQ(status_of(head(line, "Content-Length: 1001\r\n")), 413);
  for (const char* length : {"-1", "1e3", "+5", "0x10", "", "99999999999999999999", "5, 5"})
    EXPECT_EQ(status_of(head(line, std::string("Content-Length: ") + length + "\r\n")), 400) << length;
  EXPECT_EQ(status_of(head(line, "Content-Length: 5\r\nContent-Length: 6\r\n")), 400);
}

TEST(RequestHead, WhatIsNoRequestIsRefused) {
  for (const char* line : {"", "GET", "GET /", "GET / HTTP/2", "GET http://localhost/ HTTP/1.1",
                           "G ET / HTTP/1.1 x", "\x16\x03\x01", "GET\t/ HTTP/1.1"})
    EXPECT_EQ(status_of(head(line, "")), 400) << line;
  EXPECT_EQ(status_of(head("GET / HTTP/1.1", "no field\r\n")), 400);
  EXPECT_EQ(status_of(head("GET / HTTP/1.1", " folded: line\r\n")), 400);
  EXPECT_EQ(status_of(head("GET / HTTP/1.1", std::string("a: \0b\r\n", 7))), 400);
  EXPECT_EQ(status_of(head("GET /" + std::string(3000, 'a') + " HTTP/1.1", "")), 414);
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += "a: b\r\n";
  EXPECT_EQ(status_of(head("GET / HTTP/1.1", fields)), 431);
}

TEST(RequestHead, ManyRangesAreLeftOut) {
  const auto text = [](const std::string& field) {
    return check_head(head("GET /api/audio HTTP/1.1", field), kRules).text;
  };
  EXPECT_THAT(text("Range: bytes=0-99\r\n"), HasSubstr("bytes=0-99"));
  EXPECT_THAT(text("Range: bytes=0-,0-,0-\r\n"), Not(HasSubstr("Range")));
}

}  // namespace
}  // namespace melomine::service

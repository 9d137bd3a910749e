#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/connection.h"
#include "service/request_head.h"

namespace melomine::service {

struct HttpRequest {
  std::string path;
  std::string tail;                               ///< of the path, what the route leaves open
  std::map<std::string, std::string> parameters;  ///< the first of each name
  std::string body;                               ///< of a form: the file it holds

  /// "" where it was not given.
  std::string parameter(const std::string& name) const;
};

struct HttpAnswer {
  int status = 200;
  std::string type = "application/json";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> fields{};  ///< further ones of the head
};

/// How much a server takes on.
struct HttpLimits {
  HeadRules heads;
  ConnectionTimes times;
  int64_t most_connections = 256;
  int64_t most_uploads = 16;  ///< bodies of some size that are held at once
};

/// Answers requests by routes, each connection in a thread. Errors are answered as {"error": "…"}; what a
/// handler throws beside HttpError is logged, and an answer of 500.
class HttpServer {
 public:
  using Handler = std::function<HttpAnswer(const HttpRequest&)>;

  explicit HttpServer(const HttpLimits& limits);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Before `start`. @param path  where it ends in a slash and is more than one: 16 hexadecimal digits
  /// follow, the request's tail
  void get(const std::string& path, const Handler& handler);
  void post(const std::string& path, const Handler& handler);

  /// Listens and returns. @param port  0: any free one @returns the port
  /// @throws DataError where the address cannot be listened at
  int start(const std::string& host, int port);
  /// Takes no further connection, ends those that wait for a request, lets answers be finished, and returns
  /// when all are.
  void stop();

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace melomine::service

#include "service/http_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "core/error.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "service/http_error.h"
#include "service/slots.h"

namespace melomine::service {
namespace {

constexpr size_t kRequestsPerConnection = 1000;
/// Smaller bodies are no upload.
constexpr int64_t kSmallBody_bytes = 65536;
constexpr const char* kTailPattern = "([0-9a-f]{16})";
/// Nothing but the service's own script and style runs, and no other page holds or reads what it answers.
constexpr const char* kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src "
    "'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string error_text(const std::string& message) {
  return json_text(nlohmann::ordered_json{{"error", message}});
}

/// An answer to a request that the parser did not see.
std::string plain_answer(int status, const std::string& message) {
  const std::string body = error_text(message);
  return fmt::format(
      "HTTP/1.1 {} Refused\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: "
      "close\r\n{}\r\n{}",
      status, body.size(), status == 503 ? fmt::format("Retry-After: {}\r\n", kRetryAfter_s) : "", body);
}

/// The head that was checked, then the body, as the parser reads them.
class RequestStream : public httplib::Stream {
 public:
  RequestStream(Connection& connection, const RequestHead& head)
      : connection_(connection), head_(head.text), body_left_(head.body_bytes) {}

  /// Whether the next request begins where this one was left.
  bool is_whole() const { return body_left_ == 0; }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* bytes, size_t size) override {
    if (head_at_ < head_.size()) {
      const size_t count = std::min(size, head_.size() - head_at_);
      std::memcpy(bytes, head_.data() + head_at_, count);
      head_at_ += count;
      return static_cast<ssize_t>(count);
    }
    if (body_left_ == 0) return 0;
    const ssize_t got =
        connection_.read(bytes, static_cast<size_t>(std::min(static_cast<int64_t>(size), body_left_)));
    body_left_ -= std::max<ssize_t>(got, 0);
    return got;
  }
  ssize_t write(const char* bytes, size_t size) override {
    return connection_.write({bytes, size}) ? static_cast<ssize_t>(size) : -1;
  }
  using httplib::Stream::write;
  void get_remote_ip_and_port(std::string& ip, int& port) const override { port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { port = 0; }
  socket_t socket() const override { return connection_.socket(); }

 private:
  Connection& connection_;
  const std::string& head_;
  size_t head_at_ = 0;
  int64_t body_left_;
};

/// A thread for each connection, up to a number of them; further ones are served in the thread that accepts,
/// which `is_full` tells, and must be done at once.
class ConnectionThreads : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(int64_t most) : most_(most) {}

  static bool& is_full() {
    static thread_local bool full = false;
    return full;
  }

  void enqueue(std::function<void()> serve) override {
    if (start(serve)) return;
    is_full() = true;
    serve();
    is_full() = false;
  }
  void shutdown() override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  bool start(const std::function<void()>& serve) {
    {
      const std::lock_guard lock(mutex_);
      if (running_ == most_) return false;
      ++running_;
    }
    try {
      std::thread([this, serve] {
        serve();
        end();
      }).detach();
    } catch (const std::system_error& error) {
      log_warning("serve: no thread for a connection: {}", error.what());
      end();
      return false;
    }
    return true;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
  }

  const int64_t most_;
  std::mutex mutex_;
  std::condition_variable ended_;
  int64_t running_ = 0;
};

HttpRequest request_of(const httplib::Request& request) {
  HttpRequest result{.path = request.path,
                     .tail = request.matches.size() > 1 ? request.matches[1].str() : std::string(),
                     .parameters = {},
                     .body = request.body};
  for (const auto& [name, value] : request.params) result.parameters.emplace(name, value);
  for (const auto& [name, file] : request.files)
    if (!file.filename.empty() || request.files.size() == 1) result.body = file.content;
  return result;
}

void give(const HttpAnswer& answer, httplib::Response& response) {
  response.status = answer.status == 200 ? -1 : answer.status;  // 200, or 206 of a range
  for (const auto& [name, value] : answer.fields) response.set_header(name, value);
  response.set_content(answer.body, answer.type);
}

HttpAnswer error_answer(int status, const std::string& message) {
  HttpAnswer answer{.status = status, .body = error_text(message)};
  if (status == 503) answer.fields.emplace_back("Retry-After", std::to_string(kRetryAfter_s));
  return answer;
}

HttpAnswer answer_of(const HttpServer::Handler& handler, const httplib::Request& request) {
  try {
    return handler(request_of(request));
  } catch (const HttpError& error) {
    return error_answer(error.status(), error.what());
  } catch (const Cancelled&) {
    return error_answer(503, "the service is ending");
  } catch (const std::exception& error) {
    log_warning("serve: {}: {}", request.path, error.what());
    return error_answer(500, "the service failed at this; its log says why");
  }
}

}  // namespace

std::string HttpRequest::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

/// The library's server, whose reading of sockets is replaced.
class HttpServer::Listener : public httplib::Server {
 public:
  explicit Listener(const HttpLimits& limits);
  ~Listener() override;

  void add(const std::string& method, const std::string& path, const HttpServer::Handler& handler);
  int start(const std::string& host, int port);
  void stop_all();

 private:
  bool process_and_close_socket(socket_t socket) override;
  /// @returns whether another request may follow
  bool answer_next(Connection& connection, bool is_last);
  HandlerResponse check_route(const httplib::Request& request, httplib::Response& response) const;

  HttpLimits limits_;
  Slots uploads_;
  std::map<std::string, std::string> methods_;  ///< of each path
  int stop_event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::thread accepting_;
};

HttpServer::Listener::Listener(const HttpLimits& limits) : limits_(limits), uploads_(limits.most_uploads) {
  new_task_queue = [this] { return new ConnectionThreads(limits_.most_connections); };
  set_keep_alive_max_count(kRequestsPerConnection);
  set_payload_max_length(static_cast<size_t>(limits_.heads.max_body_bytes));
  // The library's own options let a second process listen at the same port, and take half of the requests.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  });
  set_default_headers({{"Content-Security-Policy", kContentPolicy},
                       {"X-Content-Type-Options", "nosniff"},
                       {"Referrer-Policy", "no-referrer"},
                       {"Cross-Origin-Resource-Policy", "same-origin"},
                       {"Cache-Control", "no-store"}});
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    return check_route(request, response);
  });
  set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (response.body.empty())
      give(error_answer(response.status, "not a request that can be read"), response);
  });
}

HttpServer::Listener::~Listener() {
  stop_all();
  ::close(stop_event_);
}

void HttpServer::Listener::add(const std::string& method, const std::string& path,
                               const HttpServer::Handler& handler) {
  const auto answer = [handler](const httplib::Request& request, httplib::Response& response) {
    give(answer_of(handler, request), response);
  };
  const bool has_tail = path.size() > 1 && path.ends_with('/');
  methods_[path] = method;
  if (method == "GET")
    Get(has_tail ? path + kTailPattern : path, answer);
  else
    Post(path, answer);
}

httplib::Server::HandlerResponse HttpServer::Listener::check_route(const httplib::Request& request,
                                                                   httplib::Response& response) const {
  auto route = methods_.find(request.path);
  if (route == methods_.end()) route = methods_.find(request.path.substr(0, request.path.rfind('/') + 1));
  const bool is_tail = route != methods_.end() && route->first != request.path;
  if (route == methods_.end() || (is_tail && (route->first == "/" || request.path.size() > 64))) {
    give(error_answer(404, "there is no such page"), response);
    return HandlerResponse::Handled;
  }
  const std::string& method = route->second;
  if (request.method == method || (method == "GET" && request.method == "HEAD"))
    return HandlerResponse::Unhandled;
  HttpAnswer answer = error_answer(405, fmt::format("{} takes {} alone", route->first, method));
  answer.fields.emplace_back("Allow", method == "GET" ? "GET, HEAD" : method);
  give(answer, response);
  return HandlerResponse::Handled;
}

bool HttpServer::Listener::answer_next(Connection& connection, bool is_last) {
  try {
    const auto text = connection.read_head();
    if (!text) return false;
    const RequestHead head = check_head(*text, limits_.heads);
    std::optional<Slot> upload;
    if (head.body_bytes > kSmallBody_bytes && !upload.emplace(uploads_))
      throw HttpError(503, "too many uploads at once; come again");
    RequestStream stream(connection, head);
    bool closed = false;
    return process_request(stream, is_last, closed, nullptr) && !closed && stream.is_whole();
  } catch (const HttpError& error) {
    connection.write(plain_answer(error.status(), error.what()));
    return false;
  }
}

bool HttpServer::Listener::process_and_close_socket(socket_t socket) {
  if (ConnectionThreads::is_full()) {
    const std::string answer = plain_answer(503, "too many connections at once; come again");
    ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(socket);
    return false;
  }
  try {
    Connection connection(socket, stop_event_, limits_.times);
    for (size_t left = kRequestsPerConnection; left > 0; --left)
      if (!answer_next(connection, left == 1)) break;
  } catch (const std::exception& error) {
    log_warning("serve: a connection ended: {}", error.what());
  }
  return true;
}

int HttpServer::Listener::start(const std::string& host, int port) {
  const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
  if (bound < 0)
    throw DataError(fmt::format("{}:{}", host, port), "",
                    "cannot listen there: the port is taken, or the address is not this machine's");
  // The library lets five wait to be accepted; of more that come at once the rest would try again in a
  // second.
  ::listen(svr_sock_, SOMAXCONN);
  accepting_ = std::thread([this] { listen_after_bind(); });
  while (!is_running()) std::this_thread::yield();
  return bound;
}

void HttpServer::Listener::stop_all() {
  const uint64_t one = 1;
  if (::write(stop_event_, &one, sizeof one) < 0) log_warning("serve: cannot tell connections to end");
  stop();
  if (accepting_.joinable()) accepting_.join();
}

HttpServer::HttpServer(const HttpLimits& limits) : listener_(std::make_unique<Listener>(limits)) {}
HttpServer::~HttpServer() = default;

void HttpServer::get(const std::string& path, const Handler& handler) {
  listener_->add("GET", path, handler);
}
void HttpServer::post(const std::string& path, const Handler& handler) {
  listener_->add("POST", path, handler);
}
int HttpServer::start(const std::string& host, int port) {
  return listener_->start(host, port);
}
void HttpServer::stop() {
  listener_->stop_all();
}

}  // namespace melomine::service

#include "review/review_service.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "dsp/wav.h"
#include "review/page.h"
#include "service/http_error.h"
#include "service/http_server.h"
#include "service/slots.h"

namespace melomine::review {
namespace {

using service::HttpAnswer;
using service::HttpError;
using service::HttpRequest;
using Json = nlohmann::ordered_json;

constexpr int64_t kLargestRequest_bytes = 4096;
/// Clips that are read, stretched or drawn at once.
constexpr int64_t kMostDrawn = 4;
constexpr std::chrono::milliseconds kLookAtEnd{50};

service::HttpLimits limits_of_review(const ReviewConfig& config) {
  return {
      .heads = {.host = config.host, .known_as = config.known_as, .max_body_bytes = kLargestRequest_bytes},
      .times = {},
      .most_connections = 64,
      .most_uploads = 16};
}

Json rounded(const std::vector<float>& values, double steps) {
  Json json = Json::array();
  for (const float value : values)
    json.push_back(std::isfinite(value) ? Json(std::round(value * steps) / steps) : Json());
  return json;
}

std::string reviewer_of(const std::string& name) {
  try {
    return checked_reviewer(name);
  } catch (const DataError& error) {
    throw HttpError(400, error.what());
  }
}

}  // namespace

class ReviewService::Routes {
 public:
  Routes(ReviewSession& session, const PairClips& clips, const ReviewConfig& config)
      : session_(session), clips_(clips), config_(config), server_(limits_of_review(config)) {
    add_routes();
    port_ = server_.start(config_.host, static_cast<int>(config_.port));
  }

  int port() const { return port_; }
  const ReviewConfig& config() const { return config_; }

 private:
  void add_routes();
  HttpAnswer next(const HttpRequest& request);
  HttpAnswer pair(const HttpRequest& request);
  HttpAnswer sound(const HttpRequest& request);
  HttpAnswer answer(const HttpRequest& request);
  Json progress_json(const std::string& reviewer);
  Json side_json(const Pair& pair, Side side) const;
  const QueuedPair& queued(const std::string& id) const;

  ReviewSession& session_;
  const PairClips& clips_;
  const ReviewConfig config_;
  service::Slots drawn_{kMostDrawn};
  int port_ = 0;
  service::HttpServer server_;  // last: it ends before what its answers use
};

void ReviewService::Routes::add_routes() {
  const auto page = [](const char* type, const std::string& text) {
    return [=](const HttpRequest&) { return HttpAnswer{.type = type, .body = text}; };
  };
  server_.get("/", page("text/html; charset=utf-8", page_html()));
  server_.get("/review.css", page("text/css; charset=utf-8", page_style()));
  server_.get("/review.svg", page("image/svg+xml", page_icon()));
  server_.get("/review.js", page("text/javascript; charset=utf-8", page_script()));
  server_.get("/api/start", [this](const HttpRequest&) {
    return HttpAnswer{
        .body = json_text(Json{
            {"reviewer", config_.reviewer}, {"pairs", session_.queue().size()}, {"votes", config_.votes}})};
  });
  server_.get("/api/next", [this](const HttpRequest& request) { return next(request); });
  server_.get("/api/pair/", [this](const HttpRequest& request) { return pair(request); });
  server_.get("/api/sound/", [this](const HttpRequest& request) { return sound(request); });
  server_.post("/api/answer", [this](const HttpRequest& request) { return answer(request); });
}

const QueuedPair& ReviewService::Routes::queued(const std::string& id) const {
  try {
    return session_.find(id);
  } catch (const DataError& error) {
    throw HttpError(404, error.what());
  }
}

Json ReviewService::Routes::progress_json(const std::string& reviewer) {
  const ReviewProgress progress = session_.progress(reviewer);
  const Agreement& agreement = progress.agreement;
  return {{"pairs", progress.pairs},
          {"decided", progress.decided},
          {"same", progress.same},
          {"mine", progress.mine},
          {"agreement",
           {{"pairs", agreement.pairs},
            {"unanimous", agreement.unanimous},
            {"alpha", std::isfinite(agreement.alpha) ? Json(agreement.alpha) : Json()}}}};
}

HttpAnswer ReviewService::Routes::next(const HttpRequest& request) {
  const std::string reviewer = reviewer_of(request.parameter("reviewer"));
  const auto id = [](const std::optional<QueuedPair>& pair) { return pair ? Json(pair->id) : Json(); };
  return {.body = json_text(Json{{"pair", id(session_.next(reviewer))},
                                 {"after", id(session_.after_next(reviewer))},
                                 {"progress", progress_json(reviewer)}})};
}

Json ReviewService::Routes::side_json(const Pair& pair, Side side) const {
  const bool is_original = side == Side::kOriginal;
  const TimeInterval& interval = is_original ? pair.original : pair.place;
  const std::string& id = is_original ? pair.original_id : pair.recording_id;
  const Drawing drawing = clips_.drawing(pair, side);
  return {{"recording", id},
          {"title", clips_.title(id)},
          {"start_s", interval.start_s},
          {"end_s", interval.end_s},
          {"peaks", rounded(drawing.peaks, 1000)},
          {"semitones", rounded(drawing.semitones, 100)}};
}

// What mining or others say of the pair is not told: who listens shall judge by ear.
HttpAnswer ReviewService::Routes::pair(const HttpRequest& request) {
  const QueuedPair& queued = this->queued(request.tail);
  const service::Slot slot(drawn_);
  if (!slot) throw HttpError(503, "too many pairs are being drawn; come again");
  return {.body = json_text(Json{{"id", queued.id},
                                 {"tempo_ratio", queued.pair.tempo_ratio()},
                                 {"original", side_json(queued.pair, Side::kOriginal)},
                                 {"place", side_json(queued.pair, Side::kPlace)}})};
}

HttpAnswer ReviewService::Routes::sound(const HttpRequest& request) {
  const QueuedPair& queued = this->queued(request.tail);
  const std::string side = request.parameter("side");
  if (side != "original" && side != "place" && side != "in_step")
    throw HttpError(400, "side must be original, place or in_step");
  const service::Slot slot(drawn_);
  if (!slot) throw HttpError(503, "too many clips are being read; come again");
  return {.type = "audio/wav",
          .body = dsp::encode_wav(clips_.clip(
              queued.pair, side == "original" ? Side::kOriginal : Side::kPlace, side == "in_step"))};
}

HttpAnswer ReviewService::Routes::answer(const HttpRequest& request) {
  const auto json = json_if_valid(request.body);
  const auto is_text = [&](const char* key) { return json->contains(key) && json->at(key).is_string(); };
  if (!json || !json->is_object() || !is_text("pair") || !is_text("reviewer") || !is_text("answer"))
    throw HttpError(400, R"(an answer is {"pair": "…", "reviewer": "…", "answer": "same"})");
  const std::string reviewer = reviewer_of(json->at("reviewer").get<std::string>());
  const QueuedPair& queued = this->queued(json->at("pair").get<std::string>());
  Answer answer{};
  try {
    answer = parse_answer(json->at("answer").get<std::string>());
  } catch (const DataError& error) {
    throw HttpError(400, error.what());
  }
  try {
    session_.judge(queued.id, reviewer, answer);
  } catch (const DataError& error) {
    log_warning("review: {}", error.what());
    throw HttpError(507, "the answer could not be written; the log says why");
  }
  return {.body = json_text(Json{{"kept", true}, {"progress", progress_json(reviewer)}})};
}

ReviewService::ReviewService(ReviewSession& session, const PairClips& clips, const ReviewConfig& config)
    : routes_(std::make_unique<Routes>(session, clips, config)) {}
ReviewService::~ReviewService() = default;

int ReviewService::port() const {
  return routes_->port();
}

std::string ReviewService::address() const {
  const std::string& host = routes_->config().host;
  const bool is_ipv6 = host.find(':') != host.npos;
  return fmt::format("http://{}:{}/", is_ipv6 ? "[" + host + "]" : host, port());
}

void run_review_service(ReviewSession& session, const PairClips& clips, const ReviewConfig& config,
                        const std::function<void(const std::string&)>& listening) {
  const ReviewService service(session, clips, config);
  log_info("review: {} pairs at {}", session.queue().size(), service.address());
  listening(service.address());
  while (!cancellation_requested()) std::this_thread::sleep_for(kLookAtEnd);
  log_info("review: ending; answers under way are finished");
}

}  // namespace melomine::review

#include "service/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/logging.h"
#include "core/text.h"
#include "service/found_json.h"
#include "service/http_error.h"
#include "service/http_server.h"
#include "service/hum_store.h"
#include "service/page.h"
#include "service/slots.h"
#include "service/stretch_audio.h"
#include "service/upload.h"
#include "service/verdict_table.h"

namespace melomine::service {
namespace {

constexpr int64_t kMib = 1 << 20;
/// Of hums in memory, for them to be heard and judged.
constexpr size_t kMostHums = 200, kMostHums_bytes = 128 * kMib;
constexpr int64_t kUsualCount = 10, kMostCount = 50;
/// Uploads that are held at once for each search.
constexpr int64_t kUploadsPerSearch = 4;
/// A request may take this many times as long as a piece of it.
constexpr double kWholeRequests = 6;
/// Songs that are decoded at once, to be heard.
constexpr int64_t kMostDecoded = 4;
constexpr std::chrono::milliseconds kLook{50};

HttpLimits limits_of(const ServiceConfig& config) {
  const auto piece = std::chrono::milliseconds(std::llround(config.timeout_s * 1000));
  return {
      .heads = {.host = config.host,
                .known_as = config.known_as,
                .max_body_bytes = config.max_upload_mib * kMib},
      .times = {.piece = piece,
                .whole = std::chrono::milliseconds(std::llround(config.timeout_s * kWholeRequests * 1000))},
      .most_connections = config.most_connections,
      .most_uploads = config.most_at_once * kUploadsPerSearch};
}

double number_of(const HttpRequest& request, const std::string& name) {
  const auto value = parse<double>(request.parameter(name));
  if (!value) throw HttpError(400, fmt::format("{} must be a number", name));
  return *value;
}

struct Stretch {
  std::string song_id;
  double start_s = 0, end_s = 0;
};

Stretch stretch_of(const HttpRequest& request) {
  Stretch stretch{.song_id = request.parameter("song"),
                  .start_s = number_of(request, "start"),
                  .end_s = number_of(request, "end")};
  if (stretch.song_id.empty()) throw HttpError(400, "song must be the id of a song");
  if (stretch.start_s < 0 || stretch.end_s <= stretch.start_s)
    throw HttpError(400, "start must be at least 0, and end behind it");
  if (stretch.end_s - stretch.start_s > kLongestStretch_s)
    throw HttpError(400, fmt::format("a stretch has at most {} s", kLongestStretch_s));
  return stretch;
}

int64_t count_of(const HttpRequest& request) {
  const std::string text = request.parameter("count");
  if (text.empty()) return kUsualCount;
  const auto count = parse<int64_t>(text);
  if (!count || *count < 1 || *count > kMostCount)
    throw HttpError(400, fmt::format("count must be a whole number from 1 to {}", kMostCount));
  return *count;
}

HttpAnswer json_answer(const nlohmann::ordered_json& json) {
  return {.body = json_text(json)};
}

}  // namespace

class Service::Routes {
 public:
  Routes(const SongFinder& finder, const ServiceConfig& config);

  int port() const { return port_; }
  const ServiceConfig& config() const { return config_; }

 private:
  HttpAnswer health() const;
  HttpAnswer search(const HttpRequest& request);
  HttpAnswer curve(const HttpRequest& request) const;
  HttpAnswer audio(const HttpRequest& request);
  HttpAnswer hum(const HttpRequest& request) const;
  HttpAnswer judge(const HttpRequest& request);
  void add_routes();

  const SongFinder& finder_;
  const ServiceConfig config_;
  Slots searches_, decoded_{kMostDecoded};
  HumStore hums_{kMostHums, kMostHums_bytes};
  std::optional<VerdictTable> verdicts_;
  int port_ = 0;
  HttpServer server_;  // last: it ends before what its answers use
};

Service::Routes::Routes(const SongFinder& finder, const ServiceConfig& config)
    : finder_(finder), config_(config), searches_(config.most_at_once), server_(limits_of(config)) {
  if (!config_.keep.empty()) verdicts_.emplace(config_.keep, config_.most_kept);
  add_routes();
  port_ = server_.start(config_.host, static_cast<int>(config_.port));
}

void Service::Routes::add_routes() {
  const auto page = [](const char* type, const std::string& text) {
    return [=](const HttpRequest&) { return HttpAnswer{.type = type, .body = text}; };
  };
  server_.get("/", page("text/html; charset=utf-8", page_html()));
  server_.get("/page.css", page("text/css; charset=utf-8", page_style()));
  server_.get("/page.svg", page("image/svg+xml", page_icon()));
  server_.get("/page.js", page("text/javascript; charset=utf-8", page_script()));
  server_.get("/health", [this](const HttpRequest&) { return health(); });
  server_.get("/api/curve", [this](const HttpRequest& request) { return curve(request); });
  server_.get("/api/audio", [this](const HttpRequest& request) { return audio(request); });
  server_.get("/api/hum/", [this](const HttpRequest& request) { return hum(request); });
  server_.post("/api/search", [this](const HttpRequest& request) { return search(request); });
  server_.post("/api/judge", [this](const HttpRequest& request) { return judge(request); });
}

HttpAnswer Service::Routes::health() const {
  nlohmann::ordered_json json = {{"status", "ok"},
                                 {"songs", finder_.songs()},
                                 {"library", finder_.description()},
                                 {"max_upload_mib", config_.max_upload_mib},
                                 {"max_hum_s", config_.max_hum_s},
                                 {"most_at_once", config_.most_at_once},
                                 {"keeps_verdicts", verdicts_.has_value()}};
  if (verdicts_) json["verdicts"] = verdicts_->size();
  return json_answer(json);
}

HttpAnswer Service::Routes::search(const HttpRequest& request) {
  const int64_t count = count_of(request);
  if (request.body.empty()) throw HttpError(400, "the request has no body; send the bytes of an audio file");
  const Slot slot(searches_);
  if (!slot) throw HttpError(503, fmt::format("{} searches are under way; come again", config_.most_at_once));
  const auto begin = std::chrono::steady_clock::now();
  Found found;
  double hum_s = 0;
  try {
    const dsp::AudioBuffer audio = decode_upload(request.body, config_.max_hum_s);
    hum_s = audio.duration_s();
    found = finder_.find(audio, count);
  } catch (const DataError& error) {
    throw HttpError(422, fmt::format("the upload cannot be searched: {}", error.what()));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  SearchedHum hum{.bytes = request.body, .kind = kind_of_audio(request.body), .song_ids = {}};
  for (const FoundSong& song : found.songs) hum.song_ids.push_back(replace_invalid_utf8(song.id));
  nlohmann::ordered_json json = {
      {"query", hums_.add(std::move(hum))}, {"hum_s", hum_s}, {"took_s", took.count()}};
  json.update(found_json(found));
  log_debug("serve: a hum of {:.1f} s: {} songs in {:.2f} s", hum_s, found.songs.size(), took.count());
  return json_answer(json);
}

HttpAnswer Service::Routes::curve(const HttpRequest& request) const {
  const Stretch stretch = stretch_of(request);
  try {
    return json_answer(curve_json(finder_.curve(stretch.song_id, stretch.start_s, stretch.end_s)));
  } catch (const DataError& error) {
    throw HttpError(404, error.what());
  }
}

HttpAnswer Service::Routes::audio(const HttpRequest& request) {
  const Stretch stretch = stretch_of(request);
  const Slot slot(decoded_);
  if (!slot) throw HttpError(503, "too many songs are being read; come again");
  std::optional<std::filesystem::path> path;
  try {
    path = finder_.audio(stretch.song_id);
  } catch (const DataError& error) {
    throw HttpError(404, error.what());
  }
  if (!path) throw HttpError(404, "this song has no recording");
  try {
    return {.type = "audio/wav", .body = stretch_as_wav(*path, stretch.start_s, stretch.end_s)};
  } catch (const DataError& error) {
    log_warning("serve: {}", error.what());  // names a file of the library, which is not told to who asks
    throw HttpError(404, "this stretch of the song's recording cannot be read; the service's log says why");
  }
}

HttpAnswer Service::Routes::hum(const HttpRequest& request) const {
  const auto hum = hums_.find(request.tail);
  if (!hum) throw HttpError(404, "there is no such hum, or no longer");
  return {.type = std::string(hum->kind.type),
          .body = hum->bytes,
          .fields = {{"Content-Disposition",
                      fmt::format("attachment; filename=\"hum-{}{}\"", request.tail, hum->kind.ending)}}};
}

HttpAnswer Service::Routes::judge(const HttpRequest& request) {
  const auto json = json_if_valid(request.body);
  if (!json || !json->is_object() || !json->contains("query") || !json->at("query").is_string() ||
      !json->contains("song") || !(json->at("song").is_string() || json->at("song").is_null()))
    throw HttpError(400, R"(a verdict is {"query": "…", "song": "…"}, song null where none was right)");
  if (!verdicts_) throw HttpError(409, "this service keeps no verdicts; --keep DIR makes it do so");
  const std::string query = json->at("query").get<std::string>();
  const auto hum = hums_.find(query);
  if (!hum) throw HttpError(404, "there is no such hum, or no longer; search it again");
  std::optional<std::string> song;
  if (json->at("song").is_string()) song = json->at("song").get<std::string>();
  if (song && std::find(hum->song_ids.begin(), hum->song_ids.end(), *song) == hum->song_ids.end())
    throw HttpError(400, "this song is none of those found for the hum");
  verdicts_->judge(query, hum->kind.ending, hum->bytes, song);
  return json_answer({{"kept", true}, {"verdicts", verdicts_->size()}});
}

Service::Service(const SongFinder& finder, const ServiceConfig& config)
    : routes_(std::make_unique<Routes>(finder, config)) {}
Service::~Service() = default;

int Service::port() const {
  return routes_->port();
}

std::string Service::address() const {
  const std::string& host = routes_->config().host;
  const bool is_ipv6 = host.find(':') != host.npos;
  return fmt::format("http://{}:{}/", is_ipv6 ? "[" + host + "]" : host, port());
}

void run_service(const SongFinder& finder, const ServiceConfig& config,
                 const std::function<void(const std::string&)>& listening) {
  const Service service(finder, config);
  log_info("serve: {} songs at {}", finder.songs(), service.address());
  listening(service.address());
  while (!cancellation_requested()) std::this_thread::sleep_for(kLook);
  log_info("serve: ending; answers under way are finished");
}

}  // namespace melomine::service

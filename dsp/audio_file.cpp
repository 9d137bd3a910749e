#include "dsp/audio_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/logging.h"
#include "core/text.h"
#include "dsp/data_chunk.h"

namespace melomine::dsp {
namespace {

/// Containers that declare the length of the audio stream itself, by FFmpeg's names.
constexpr std::array<std::string_view, 9> kDeclaringFormats = {
    "mp3", "flac", "mov,mp4,m4a,3gp,3g2,mj2", "aiff", "ape", "caf", "tta", "w64", "wv"};
/// Containers that declare their own length: that of the audio where nothing else is in them.
constexpr std::array<std::string_view, 2> kDeclaringAlone = {"matroska,webm", "flv"};
/// FLAC's frames are numbered.
constexpr std::array<std::string_view, 9> kStampingFormats = {
    "matroska,webm", "ogg", "mov,mp4,m4a,3gp,3g2,mj2", "flac", "mpegts", "mpeg", "asf", "flv", "nut"};
constexpr std::array<std::string_view, 3> kBareFormats = {"mp3", "flac", "aac"};

template <size_t N>
bool is_one_of(const AVInputFormat& format, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), std::string_view(format.name)) != names.end();
}

void log_ffmpeg(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_WARNING || !is_logged(LogLevel::kDebug)) return;
  char line[512];
  int print_prefix = 1;
  av_log_format_line(context, level, format, arguments, line, sizeof line, &print_prefix);
  std::string text = line;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  log_debug("ffmpeg: {}", text);
}

/// What failed downloads leave under an audio file's name, told by how it begins; "" for anything else.
std::string_view page_kind(const std::filesystem::path& path) {
  std::string head(64, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(in.gcount()));
  head.erase(0, head.find_first_not_of(" \t\r\n\xef\xbb\xbf"));
  head = lower_case(head);
  if (head.starts_with("<!doctype html") || head.starts_with("<html")) return "an HTML page";
  if (head.starts_with("<?xml")) return "an XML document";
  if (head.starts_with("{\"") || head.starts_with("{\n") || head.starts_with("{ ")) return "a JSON document";
  if (head.starts_with("version https://git-lfs")) return "a Git LFS pointer";
  return "";
}

class Opener {
 public:
  explicit Opener(const std::filesystem::path& path) : path_(path) {}

  AudioFile open() {
    check_file();
    open_format();
    open_codec();
    return std::move(file_);
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const { throw DataError(path_.string(), "", reason); }
  /// The same where the file may be a page, which a demuxer that goes by the name alone takes for audio.
  [[noreturn]] void fail_unless_page(const std::string& reason) const {
    const std::string_view page = page_kind(path_);
    fail(page.empty() ? reason
                      : fmt::format("not in an audio format that FFmpeg recognises: it is {}", page));
  }
  void check_file() const;
  void open_format();
  void open_codec();

  const std::filesystem::path& path_;
  AudioFile file_;
};

void Opener::check_file() const {
  std::error_code error;
  const auto status = std::filesystem::status(path_, error);
  if (!std::filesystem::exists(status)) fail("no such file");
  if (!std::filesystem::is_regular_file(status)) fail("is not a regular file");
  const auto bytes = std::filesystem::file_size(path_, error);
  if (error) fail("cannot be read: " + error.message());
  if (bytes == 0) fail("the file is empty");
}

void Opener::open_format() {
  // "file:" keeps a name with a colon from being read as a protocol; playlists must not reach the network.
  AVDictionary* settings = nullptr;
  av_dict_set(&settings, "protocol_whitelist", "file", 0);
  AVFormatContext* format = nullptr;
  const int status = avformat_open_input(&format, ("file:" + path_.string()).c_str(), nullptr, &settings);
  av_dict_free(&settings);
  if (status == AVERROR_INVALIDDATA || status == AVERROR(EINVAL) || status == AVERROR_EOF) {
    const std::string fault = size_fault(path_);
    if (!fault.empty()) fail("damaged: " + fault);
    fail_unless_page("not in an audio format that FFmpeg recognises, or damaged");
  }
  // What a playlist names is not opened.
  if (status == AVERROR(EPERM)) fail("is a playlist, not audio");
  if (status < 0) fail("cannot be opened: " + ffmpeg::reason_of(status));
  file_.input.reset(format);
  const std::string name = format->iformat->name;
  for (const char* playlist : {"hls", "concat", "dash"}) {
    if (name.find(playlist) != std::string::npos) fail("is a playlist (" + name + "), not audio");
  }
  const int found = avformat_find_stream_info(format, nullptr);
  if (found < 0) fail_unless_page("damaged: " + ffmpeg::reason_of(found));
}

void Opener::open_codec() {
  AVFormatContext& format = *file_.input;
  const AVCodec* codec = nullptr;
  const int index = av_find_best_stream(&format, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
  if (index == AVERROR_DECODER_NOT_FOUND) fail("no decoder for its audio stream (unknown or encrypted)");
  if (index < 0) fail_unless_page("no audio stream");
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    if (static_cast<int>(i) != index) format.streams[i]->discard = AVDISCARD_ALL;
  }
  file_.stream = format.streams[index];
  const uint32_t tag = file_.stream->codecpar->codec_tag;
  if (tag == MKTAG('d', 'r', 'm', 's') || tag == MKTAG('e', 'n', 'c', 'a')) fail("encrypted (DRM)");
  file_.codec.reset(avcodec_alloc_context3(codec));
  AVCodecContext* context = file_.codec.get();
  if (context == nullptr || avcodec_parameters_to_context(context, file_.stream->codecpar) < 0)
    fail("damaged: the stream's parameters make no sense");
  context->pkt_timebase = file_.stream->time_base;
  context->thread_count = 1;  // many files are decoded side by side
  // FLAC protects its frames with a checksum that FFmpeg reads only when asked to.
  if (codec->id == AV_CODEC_ID_FLAC) context->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
  const int status = avcodec_open2(context, codec, nullptr);
  if (status < 0) fail(fmt::format("the {} decoder refused it: {}", codec->name, ffmpeg::reason_of(status)));
}

}  // namespace

AudioFile open_audio_file(const std::filesystem::path& path) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(log_ffmpeg); });
  return Opener(path).open();
}

std::optional<double> declared_duration_s(const AudioFile& file, double begins_s) {
  const AVFormatContext& input = *file.input;
  if (input.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) return std::nullopt;
  if (is_one_of(*input.iformat, kDeclaringFormats) && file.stream->duration != AV_NOPTS_VALUE)
    return static_cast<double>(file.stream->duration) * av_q2d(file.stream->time_base);
  if (!is_one_of(*input.iformat, kDeclaringAlone) || input.nb_streams != 1 || input.duration <= 0)
    return std::nullopt;
  return static_cast<double>(input.duration) / AV_TIME_BASE - std::max(0.0, begins_s);
}

bool is_single_ogg(const AudioFile& file) {
  return file.input->nb_streams == 1 && std::string_view(file.input->iformat->name) == "ogg";
}

bool has_time_stamps(const AudioFile& file) {
  return is_one_of(*file.input->iformat, kStampingFormats);
}

bool is_bare_stream(const AudioFile& file) {
  return is_one_of(*file.input->iformat, kBareFormats) ||
         av_get_exact_bits_per_sample(file.stream->codecpar->codec_id) > 0;
}

}  // namespace melomine::dsp

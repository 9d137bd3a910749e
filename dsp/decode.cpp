#include "dsp/decode.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

namespace melomine::dsp {
namespace {

/// Samples gathered before the sink is called.
constexpr size_t kPieceSamples = 32768;
/// A file is truncated when it ends this much before what its header declares: encoders round to frames.
constexpr double kMissingSeconds = 0.5;
constexpr double kMissingShare = 0.01;
/// Containers that declare the length of the audio stream itself, by FFmpeg's names.
constexpr std::array<std::string_view, 8> kDeclaringFormats = {
    "mp3", "flac", "mov,mp4,m4a,3gp,3g2,mj2", "aiff", "ape", "caf", "tta", "w64"};
constexpr int kMaxChannels = 64;  // what libswresample mixes

void log_ffmpeg(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_WARNING || !spdlog::should_log(spdlog::level::debug)) return;
  char line[512];
  int print_prefix = 1;
  av_log_format_line(context, level, format, arguments, line, sizeof line, &print_prefix);
  std::string text = line;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  spdlog::debug("ffmpeg: {}", text);
}

std::string reason_of(int status) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(status, text, sizeof text);
  return text;
}

struct CloseFormat {
  void operator()(AVFormatContext* c) const { avformat_close_input(&c); }
};
struct FreeCodec {
  void operator()(AVCodecContext* c) const { avcodec_free_context(&c); }
};
struct FreeFrame {
  void operator()(AVFrame* f) const { av_frame_free(&f); }
};
struct FreePacket {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
struct FreeResampler {
  void operator()(SwrContext* s) const { swr_free(&s); }
};

template <class T, class Bits>
bool all_finite(const T* values, size_t count, Bits exponent) {
  bool bad = false;
  for (size_t i = 0; i < count; ++i) bad |= (std::bit_cast<Bits>(values[i]) & exponent) == exponent;
  return !bad;
}

/// Whether a decoded frame holds only finite numbers; integer formats always do.
bool frame_is_finite(const AVFrame& frame) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const size_t channels = static_cast<size_t>(frame.ch_layout.nb_channels);
  const size_t planes = planar ? channels : 1;
  const size_t count = static_cast<size_t>(frame.nb_samples) * (planar ? 1 : channels);
  for (size_t p = 0; p < planes; ++p) {
    const uint8_t* plane = frame.extended_data[p];
    switch (av_get_packed_sample_fmt(format)) {
      case AV_SAMPLE_FMT_FLT:
        if (!all_finite(reinterpret_cast<const float*>(plane), count, uint32_t{0x7f800000})) return false;
        break;
      case AV_SAMPLE_FMT_DBL:
        if (!all_finite(reinterpret_cast<const double*>(plane), count, uint64_t{0x7ff0000000000000}))
          return false;
        break;
      default:
        return true;
    }
  }
  return true;
}

/// One file on its way from packets to mono 16-bit samples.
class Decoder {
 public:
  using Sink = std::function<void(std::span<const int16_t>)>;

  Decoder(const std::filesystem::path& path, const DecodeOptions& options, const Sink& sink)
      : path_(path), options_(options), sink_(sink) {
    check_file();
    open_format();
    open_codec();
  }

  int64_t run();

 private:
  [[noreturn]] void fail(const std::string& reason) const { throw DataError(path_.string(), "", reason); }
  void check_file() const;
  void open_format();
  void open_codec();
  void decode(const AVPacket* packet);
  void take_frame();
  void set_up_resampler();
  void flush_resampler();
  void convert(const uint8_t** input, int input_samples);
  void deliver();
  void check_complete() const;
  void check_riff_size() const;
  double position_s() const {
    return static_cast<double>(delivered_ + static_cast<int64_t>(piece_.size())) / options_.sample_rate_hz;
  }

  std::filesystem::path path_;
  DecodeOptions options_;
  const Sink& sink_;
  std::unique_ptr<AVFormatContext, CloseFormat> format_;
  AVStream* stream_ = nullptr;
  std::unique_ptr<AVCodecContext, FreeCodec> codec_;
  std::unique_ptr<SwrContext, FreeResampler> resampler_;
  std::unique_ptr<AVFrame, FreeFrame> frame_{av_frame_alloc()};
  // What the resampler was set up for; a stream may change in the middle.
  int input_rate_ = 0, input_channels_ = 0, input_format_ = -1;
  std::vector<int16_t> converted_, piece_;
  int64_t delivered_ = 0;
  int64_t decoded_frames_ = 0;
};

void Decoder::check_file() const {
  std::error_code error;
  const auto status = std::filesystem::status(path_, error);
  if (!std::filesystem::exists(status)) fail("no such file");
  if (!std::filesystem::is_regular_file(status)) fail("is not a regular file");
  const auto bytes = std::filesystem::file_size(path_, error);
  if (error) fail("cannot be read: " + error.message());
  if (bytes == 0) fail("the file is empty");
}

void Decoder::open_format() {
  // "file:" keeps a name with a colon from being read as a protocol; playlists must not reach the network.
  AVDictionary* settings = nullptr;
  av_dict_set(&settings, "protocol_whitelist", "file", 0);
  AVFormatContext* format = nullptr;
  const int status = avformat_open_input(&format, ("file:" + path_.string()).c_str(), nullptr, &settings);
  av_dict_free(&settings);
  if (status == AVERROR_INVALIDDATA) fail("not in an audio format that FFmpeg recognises, or damaged");
  // What a playlist names is not opened.
  if (status == AVERROR(EPERM)) fail("is a playlist, not audio");
  if (status < 0) fail("cannot be opened: " + reason_of(status));
  format_.reset(format);
  const std::string name = format->iformat->name;
  for (const char* playlist : {"hls", "concat", "dash"}) {
    if (name.find(playlist) != std::string::npos) fail("is a playlist (" + name + "), not audio");
  }
  const int found = avformat_find_stream_info(format, nullptr);
  if (found < 0) fail("damaged: " + reason_of(found));
}

void Decoder::open_codec() {
  const AVCodec* codec = nullptr;
  const int index = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
  if (index == AVERROR_DECODER_NOT_FOUND) fail("no decoder for its audio stream (unknown or encrypted)");
  if (index < 0) fail("no audio stream");
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (static_cast<int>(i) != index) format_->streams[i]->discard = AVDISCARD_ALL;
  }
  stream_ = format_->streams[index];
  const uint32_t tag = stream_->codecpar->codec_tag;
  if (tag == MKTAG('d', 'r', 'm', 's') || tag == MKTAG('e', 'n', 'c', 'a')) fail("encrypted (DRM)");
  codec_.reset(avcodec_alloc_context3(codec));
  if (!codec_ || avcodec_parameters_to_context(codec_.get(), stream_->codecpar) < 0)
    fail("damaged: the stream's parameters make no sense");
  codec_->pkt_timebase = stream_->time_base;
  codec_->thread_count = 1;  // many files are decoded side by side
  // FLAC protects its frames with a checksum that FFmpeg reads only when asked to.
  if (codec->id == AV_CODEC_ID_FLAC) codec_->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
  const int status = avcodec_open2(codec_.get(), codec, nullptr);
  if (status < 0) fail(fmt::format("the {} decoder refused it: {}", codec->name, reason_of(status)));
}

void Decoder::set_up_resampler() {
  input_rate_ = frame_->sample_rate;
  input_channels_ = frame_->ch_layout.nb_channels;
  input_format_ = frame_->format;
  if (input_rate_ <= 0 || input_channels_ <= 0) fail("damaged: no sample rate or no channels");
  if (input_channels_ > kMaxChannels)
    fail(fmt::format("has {} channels, at most {} can be mixed", input_channels_, kMaxChannels));
  AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO, input{};
  // The layout's meaning (front, surround, effects) does not matter: all channels count the same.
  av_channel_layout_default(&input, input_channels_);
  SwrContext* resampler = nullptr;
  int status = swr_alloc_set_opts2(&resampler, &mono, AV_SAMPLE_FMT_S16, options_.sample_rate_hz, &input,
                                   static_cast<AVSampleFormat>(input_format_), input_rate_, 0, nullptr);
  resampler_.reset(resampler);
  if (status >= 0) {
    const std::vector<double> average(static_cast<size_t>(input_channels_), 1.0 / input_channels_);
    status = swr_set_matrix(resampler, average.data(), input_channels_);
  }
  if (status >= 0) status = swr_init(resampler);
  av_channel_layout_uninit(&input);
  if (status < 0) fail("cannot be resampled: " + reason_of(status));
}

void Decoder::convert(const uint8_t** input, int input_samples) {
  const int room = swr_get_out_samples(resampler_.get(), input_samples);
  if (room < 0) fail("cannot be resampled: " + reason_of(room));
  converted_.resize(std::max(converted_.size(), static_cast<size_t>(room)));
  auto* output = reinterpret_cast<uint8_t*>(converted_.data());
  const int count = swr_convert(resampler_.get(), &output, room, input, input_samples);
  if (count < 0) fail("cannot be resampled: " + reason_of(count));
  piece_.insert(piece_.end(), converted_.begin(), converted_.begin() + count);
  if (piece_.size() >= kPieceSamples) deliver();
}

void Decoder::flush_resampler() {
  if (resampler_) convert(nullptr, 0);
  resampler_.reset();
}

void Decoder::deliver() {
  if (options_.max_duration_s > 0 && position_s() > options_.max_duration_s)
    fail(fmt::format("longer than the {} s allowed", options_.max_duration_s));
  if (!piece_.empty()) sink_(piece_);
  delivered_ += static_cast<int64_t>(piece_.size());
  piece_.clear();
}

void Decoder::take_frame() {
  if (frame_->nb_samples <= 0) return;
  if (!frame_is_finite(*frame_)) fail(fmt::format("samples at {:.2f} s are not finite (NaN)", position_s()));
  const bool changed = !resampler_ || frame_->sample_rate != input_rate_ ||
                       frame_->ch_layout.nb_channels != input_channels_ || frame_->format != input_format_;
  if (changed) {
    flush_resampler();
    set_up_resampler();
  }
  ++decoded_frames_;
  convert(const_cast<const uint8_t**>(frame_->extended_data), frame_->nb_samples);
}

void Decoder::decode(const AVPacket* packet) {
  int status = avcodec_send_packet(codec_.get(), packet);
  while (status >= 0) {
    status = avcodec_receive_frame(codec_.get(), frame_.get());
    if (status >= 0) take_frame();
  }
  if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
  // Junk before the first frame is common (tags, cut streams) and costs no alignment; later it would.
  if (decoded_frames_ > 0) fail(fmt::format("damaged at {:.2f} s: {}", position_s(), reason_of(status)));
}

/// FFmpeg takes a WAV file's length from its size, so that a cut one looks whole.
void Decoder::check_riff_size() const {
  // What writers to a pipe leave in the header, not knowing the length: all ones, or about 2^31 (SoX).
  constexpr uint64_t kUnknownBytes = 0x7fff0000;
  unsigned char head[8] = {};
  std::ifstream(path_, std::ios::binary).read(reinterpret_cast<char*>(head), sizeof head);
  if (std::memcmp(head, "RIFF", 4) != 0) return;
  const uint64_t declared = 8 + (head[4] | head[5] << 8 | head[6] << 16 | uint64_t{head[7]} << 24);
  const uint64_t bytes = std::filesystem::file_size(path_);
  // One byte of padding at the end is often left out.
  if (declared < kUnknownBytes && bytes + 1 < declared)
    fail(fmt::format("truncated: {} of the declared {} bytes", bytes, declared));
}

void Decoder::check_complete() const {
  if (delivered_ == 0) fail("no audio could be decoded (zero length or damaged)");
  if (std::string_view(format_->iformat->name) == "wav") check_riff_size();
  // Elsewhere FFmpeg fills in the container's duration, which a longer video beside the audio may set, or one
  // guessed from the bit rate.
  const bool declares = std::find(kDeclaringFormats.begin(), kDeclaringFormats.end(),
                                  std::string_view(format_->iformat->name)) != kDeclaringFormats.end();
  if (!declares) return;
  if (stream_->duration == AV_NOPTS_VALUE ||
      format_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
    return;
  const double declared_s = static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
  const double missing_s = declared_s - position_s();
  if (missing_s > std::max(kMissingSeconds, kMissingShare * declared_s))
    fail(fmt::format("truncated: {:.2f} s of the declared {:.2f} s", position_s(), declared_s));
}

int64_t Decoder::run() {
  const std::unique_ptr<AVPacket, FreePacket> packet{av_packet_alloc()};
  for (;;) {
    const int status = av_read_frame(format_.get(), packet.get());
    if (status == AVERROR(EAGAIN)) continue;
    if (status < 0 && status != AVERROR_EOF)
      fail(fmt::format("damaged at {:.2f} s: {}", position_s(), reason_of(status)));
    if (status < 0) break;
    if (packet->stream_index == stream_->index) decode(packet.get());
    av_packet_unref(packet.get());
  }
  if (format_->pb != nullptr && format_->pb->error < 0)
    fail("cannot be read: " + reason_of(format_->pb->error));
  decode(nullptr);
  flush_resampler();
  deliver();
  check_complete();
  return delivered_;
}

}  // namespace

int64_t decode_audio(const std::filesystem::path& path, const DecodeOptions& options,
                     const std::function<void(std::span<const int16_t>)>& sink) {
  if (options.sample_rate_hz <= 0)
    throw ConfigError(fmt::format("[decode] sample_rate_hz must be > 0, got {}", options.sample_rate_hz));
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(log_ffmpeg); });
  return Decoder(path, options, sink).run();
}

AudioBuffer load_audio(const std::filesystem::path& path, const DecodeOptions& options) {
  AudioBuffer audio;
  audio.sample_rate_hz = options.sample_rate_hz;
  decode_audio(path, options, [&](std::span<const int16_t> piece) {
    for (const int16_t sample : piece) audio.samples.push_back(static_cast<float>(sample) / 32768.0f);
  });
  return audio;
}

}  // namespace melomine::dsp

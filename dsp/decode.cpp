#include "dsp/decode.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/logging.h"
#include "dsp/audio_file.h"
#include "dsp/channel_levels.h"
#include "dsp/data_chunk.h"
#include "dsp/gap_detector.h"
#include "dsp/missing_start.h"
#include "dsp/mpeg_frame.h"
#include "dsp/ogg_pages.h"
#include "dsp/tag_bytes.h"

namespace melomine::dsp {
namespace {

/// Samples gathered before the sink is called.
constexpr size_t kPieceSamples = 32768;
/// A file is truncated when it ends this much before what its header declares: encoders round to frames.
constexpr double kMissingSeconds = 0.5;
constexpr double kMissingShare = 0.01;
/// Gaps that together make up more of a recording than this leave too little of it.
constexpr double kMostGaps = 0.5;
/// Undecodable bytes at the end that count as padding (to a disk's cluster, say) where no header tells how
/// long the audio is. Tags may be longer.
constexpr int64_t kMostPaddingBytes = 65536;
/// Differences between time stamps and samples, none of them a gap, that together are told.
constexpr double kMostFollowed_s = 0.1;
constexpr int kMaxChannels = 64;  // what libswresample mixes
constexpr int kAllChannels = -1;

/// A difference that no longer comes from an encoder's rounding.
bool is_much(double seconds, double of_seconds) {
  return seconds > std::max(kMissingSeconds, kMissingShare * of_seconds);
}

/// The same where the header is exact, so that it holds for the shortest of clips.
bool is_much_of_exact(double seconds, double of_seconds) {
  return is_much(seconds, of_seconds) || seconds > of_seconds / 2;
}

/// One file on its way from packets to mono 16-bit samples.
class Decoder {
 public:
  /// @param only_channel  the one that is taken, or kAllChannels for their average
  Decoder(const std::filesystem::path& path, const DecodeOptions& options, PieceSink sink, int only_channel)
      : path_(path),
        options_(options),
        sink_(std::move(sink)),
        only_channel_(only_channel),
        file_(open_audio_file(path)) {
    result_.repairs.only_channel = only_channel + 1;
  }

  DecodeResult run();
  const ChannelLevels& levels() const { return levels_; }

 private:
  /// Bytes behind the last decoded frame that could not be decoded.
  struct Rest {
    double at_s = 0;
    int64_t offset = 0;  ///< in the file
    std::string reason;
  };

  [[noreturn]] void fail(const std::string& reason) const { throw DataError(path_.string(), "", reason); }
  [[noreturn]] void fail_damaged(double at_s, const std::string& reason) const {
    fail(fmt::format("damaged at {:.2f} s: {}", at_s, reason));
  }
  [[noreturn]] void fail_too_long() const {
    fail(fmt::format("longer than the {} s allowed", options_.max_duration_s));
  }
  bool read(AVPacket* packet);
  void take_packet(const AVPacket& packet);
  void skip_tag(int64_t end_offset);
  int decode(const AVPacket* packet);
  void take_frame();
  void fill_gap();
  void set_up_resampler();
  void flush_resampler();
  void convert(const uint8_t** input, int input_samples);
  void deliver();
  void check_complete() const;
  void note_completeness();
  void check_data_chunk(const DataChunk& data) const;
  void check_rest();
  double position_s() const;

  std::filesystem::path path_;
  DecodeOptions options_;
  PieceSink sink_;
  int only_channel_;
  AudioFile file_;
  ffmpeg::Resampler resampler_;
  ffmpeg::Frame frame_{av_frame_alloc()};
  // What the resampler was set up for; a stream may change in the middle.
  int input_rate_ = 0, input_channels_ = 0, input_format_ = -1;
  std::vector<int16_t> converted_, piece_;
  int64_t decoded_frames_ = 0;
  /// Nothing was decoded yet, or nothing of the recording behind a tag. Junk here is common (further tags,
  /// cut streams) and costs no alignment; later it would.
  bool at_start_ = true;
  int64_t first_offset_ = -1, read_until_ = 0;  // in the file: of the first packet, behind the last one
  int64_t failed_at_ = -1;                      // where reading failed last
  std::optional<Rest> rest_;
  double begins_s_ = 0;  // time stamp with which what is delivered begins
  GapDetector gaps_;
  ChannelLevels levels_;
  DecodeResult result_;
};

/// Where in the recording the next frame lies.
double Decoder::position_s() const {
  const int rate = options_.sample_rate_hz;
  const int64_t held_back = resampler_ ? swr_get_delay(resampler_.get(), rate) : 0;
  return static_cast<double>(result_.samples + static_cast<int64_t>(piece_.size()) + held_back) / rate;
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
    std::vector<double> weights(static_cast<size_t>(input_channels_), 1.0 / input_channels_);
    if (only_channel_ != kAllChannels && only_channel_ < input_channels_) {
      std::fill(weights.begin(), weights.end(), 0.0);
      weights[static_cast<size_t>(only_channel_)] = 1;
    }
    status = swr_set_matrix(resampler, weights.data(), input_channels_);
  }
  if (status >= 0) status = swr_init(resampler);
  av_channel_layout_uninit(&input);
  if (status < 0) fail("cannot be resampled: " + ffmpeg::reason_of(status));
}

void Decoder::convert(const uint8_t** input, int input_samples) {
  const int room = swr_get_out_samples(resampler_.get(), input_samples);
  if (room < 0) fail("cannot be resampled: " + ffmpeg::reason_of(room));
  converted_.resize(std::max(converted_.size(), static_cast<size_t>(room)));
  auto* output = reinterpret_cast<uint8_t*>(converted_.data());
  const int count = swr_convert(resampler_.get(), &output, room, input, input_samples);
  if (count < 0) fail("cannot be resampled: " + ffmpeg::reason_of(count));
  piece_.insert(piece_.end(), converted_.begin(), converted_.begin() + count);
  if (piece_.size() >= kPieceSamples) deliver();
}

void Decoder::flush_resampler() {
  if (resampler_) convert(nullptr, 0);
  resampler_.reset();
}

void Decoder::deliver() {
  if (options_.max_duration_s > 0 && position_s() > options_.max_duration_s) fail_too_long();
  if (!piece_.empty()) sink_(piece_);
  result_.samples += static_cast<int64_t>(piece_.size());
  piece_.clear();
}

/// Silence for what the time stamps say is missing in front of the frame.
void Decoder::fill_gap() {
  std::optional<double> time_s;
  if (has_time_stamps(file_) && frame_->pts != AV_NOPTS_VALUE)
    time_s = static_cast<double>(frame_->pts) * av_q2d(file_.stream->time_base);
  if (time_s && decoded_frames_ == 1) {
    const double missing_s = missing_at_start_s(file_, path_, *time_s, kLongestGap_s);
    begins_s_ = *time_s - missing_s;
    if (missing_s > 0) gaps_.begin_at(begins_s_);
  }
  const double gap_s = gaps_.next(time_s, static_cast<double>(frame_->nb_samples) / frame_->sample_rate);
  if (gap_s <= 0) return;
  if (gap_s > kLongestGap_s)
    fail(fmt::format("gap of {:.2f} s at {:.2f} s, longer than the {} s that are filled with silence", gap_s,
                     position_s(), kLongestGap_s));
  DecodeRepairs& repairs = result_.repairs;
  if (repairs.gaps == 0) repairs.first_gap_s = position_s();
  ++repairs.gaps;
  repairs.gap_s += gap_s;
  const auto silence = static_cast<int>(std::lround(gap_s * frame_->sample_rate));
  const int status = swr_inject_silence(resampler_.get(), silence);
  if (status < 0) fail("cannot be resampled: " + ffmpeg::reason_of(status));
}

void Decoder::take_frame() {
  if (frame_->nb_samples <= 0) return;
  // Before it is resampled: of a rate of 1 Hz a small frame becomes hours.
  const double most_samples = options_.max_duration_s * frame_->sample_rate;
  if (most_samples > 0 && frame_->nb_samples > most_samples) fail_too_long();
  if (!levels_.add(*frame_)) fail(fmt::format("samples at {:.2f} s are not finite (NaN)", position_s()));
  const bool changed = !resampler_ || frame_->sample_rate != input_rate_ ||
                       frame_->ch_layout.nb_channels != input_channels_ || frame_->format != input_format_;
  if (changed) {
    flush_resampler();
    set_up_resampler();
  }
  ++decoded_frames_;
  fill_gap();
  convert(const_cast<const uint8_t**>(frame_->extended_data), frame_->nb_samples);
}

/// @returns a status of FFmpeg; what follows a frame in the packet may fail after the frame was taken
int Decoder::decode(const AVPacket* packet) {
  int status = avcodec_send_packet(file_.codec.get(), packet);
  while (status >= 0) {
    status = avcodec_receive_frame(file_.codec.get(), frame_.get());
    if (status >= 0) take_frame();
  }
  return status == AVERROR(EAGAIN) || status == AVERROR_EOF ? 0 : status;
}

void Decoder::take_packet(const AVPacket& packet) {
  if (first_offset_ < 0) first_offset_ = packet.pos;
  read_until_ = packet.pos + packet.size;
  const int64_t frames_before = decoded_frames_;
  const int status = decode(&packet);
  const bool decoded = decoded_frames_ > frames_before;
  if (decoded && rest_) fail_damaged(rest_->at_s, rest_->reason);
  if (decoded) at_start_ = false;
  if (status == 0 || at_start_ || rest_) return;
  const size_t tag = decoded ? 0 : tag_bytes({packet.data, static_cast<size_t>(packet.size)});
  if (tag > 0) {
    skip_tag(packet.pos + static_cast<int64_t>(tag));
    return;
  }
  const bool is_frame =
      begins_as_frame({packet.data, static_cast<size_t>(packet.size)}, file_.codec->codec_id);
  if (!is_bare_stream(file_) || (is_frame && !decoded)) fail_damaged(position_s(), ffmpeg::reason_of(status));
  rest_ = Rest{position_s(), packet.pos, ffmpeg::reason_of(status)};
}

void Decoder::skip_tag(int64_t end_offset) {
  ++result_.repairs.skipped_places;
  at_start_ = true;
  // A picture in a tag holds what looks like frames, the last of which may reach into the first real one.
  if (is_bare_stream(file_)) av_seek_frame(file_.input.get(), -1, end_offset, AVSEEK_FLAG_BYTE);
}

/// @returns false at the end
bool Decoder::read(AVPacket* packet) {
  for (;;) {
    const int status = av_read_frame(file_.input.get(), packet);
    if (status >= 0) return true;
    if (status == AVERROR(EAGAIN)) continue;
    if (status == AVERROR_EOF) return false;
    if (status != AVERROR_INVALIDDATA || decoded_frames_ == 0)
      fail_damaged(position_s(), ffmpeg::reason_of(status));
    if (!rest_) rest_ = Rest{position_s(), read_until_, ffmpeg::reason_of(status)};
    const int64_t at = avio_tell(file_.input->pb);
    if (at <= failed_at_) return false;
    failed_at_ = at;
  }
}

void Decoder::check_data_chunk(const DataChunk& data) const {
  const double read_bytes = static_cast<double>(std::min(data.declared_bytes, data.present_bytes));
  const double bytes_per_second = read_bytes / position_s();
  const double declared_s = static_cast<double>(data.declared_bytes) / bytes_per_second;
  if (is_much_of_exact(declared_s - position_s(), declared_s))
    fail(fmt::format("truncated: {:.2f} s of the declared {:.2f} s", position_s(), declared_s));
  const double undeclared_s = static_cast<double>(data.undeclared_bytes) / bytes_per_second;
  if (is_much_of_exact(undeclared_s, position_s() + undeclared_s))
    fail(fmt::format("its header declares {:.2f} s, but {:.2f} s of samples follow behind them", position_s(),
                     undeclared_s));
}

void Decoder::check_complete() const {
  if (result_.samples == 0) fail("no audio could be decoded (zero length or damaged)");
  // Of these FFmpeg takes the length from the file's size, so that a cut one looks whole.
  const auto data = read_data_chunk(path_, static_cast<uint64_t>(std::max<int64_t>(0, first_offset_)));
  if (data) check_data_chunk(*data);
  const auto declared_s = declared_duration_s(file_, begins_s_);
  if (declared_s && is_much(*declared_s - position_s(), *declared_s))
    fail(fmt::format("truncated: {:.2f} s of the declared {:.2f} s", position_s(), *declared_s));
  const DecodeRepairs& repairs = result_.repairs;
  if (repairs.gap_s > kMostGaps * position_s())
    fail(fmt::format("{} gaps of {:.2f} s in all in {:.2f} s", repairs.gaps, repairs.gap_s, position_s()));
}

/// What tells that a recording is not what it was, though nothing can be mended.
void Decoder::note_completeness() {
  DecodeRepairs& repairs = result_.repairs;
  repairs.restarts = gaps_.restarts();
  if (gaps_.followed_s() > kMostFollowed_s) repairs.short_gap_s = gaps_.followed_s();
  if (is_single_ogg(file_)) repairs.lacks_last_page = ogg_lacks_last_page(path_);
  if (file_.codec->codec_id != AV_CODEC_ID_MP3 || !is_bare_stream(file_) || first_offset_ < 0) return;
  const auto declared_s = xing_duration_s(path_, static_cast<uint64_t>(first_offset_));
  if (declared_s && is_much(position_s() - *declared_s, *declared_s))
    repairs.undeclared_s = position_s() - *declared_s;
}

/// What was not decoded at the end is no loss where it is short, or where the header says that all is there.
void Decoder::check_rest() {
  if (!rest_) return;
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path_)) - rest_->offset;
  if (!declared_duration_s(file_, begins_s_) && bytes > kMostPaddingBytes)
    fail_damaged(rest_->at_s, fmt::format("{} ({} bytes follow)", rest_->reason, bytes));
  ++result_.repairs.skipped_places;
}

DecodeResult Decoder::run() {
  const ffmpeg::Packet packet{av_packet_alloc()};
  while (read(packet.get())) {
    if (packet->stream_index == file_.stream->index) take_packet(*packet);
    av_packet_unref(packet.get());
  }
  if (file_.input->pb != nullptr && file_.input->pb->error < 0)
    fail("cannot be read: " + ffmpeg::reason_of(file_.input->pb->error));
  const int status = decode(nullptr);
  if (status < 0 && decoded_frames_ > 0) fail_damaged(position_s(), ffmpeg::reason_of(status));
  flush_resampler();
  deliver();
  check_complete();
  check_rest();
  note_completeness();
  return result_;
}

}  // namespace

DecodeResult decode_audio(const std::filesystem::path& path, const DecodeOptions& options,
                          const std::function<PieceSink()>& begin) {
  if (options.sample_rate_hz <= 0)
    throw ConfigError(fmt::format("[decode] sample_rate_hz must be > 0, got {}", options.sample_rate_hz));
  Decoder average(path, options, begin(), kAllChannels);
  const DecodeResult result = average.run();
  if (!average.levels().average_cancels()) return result;
  return Decoder(path, options, begin(), average.levels().loudest()).run();
}

DecodeResult decode_audio_or_again(const std::filesystem::path& path, const DecodeOptions& options,
                                   const std::function<PieceSink()>& begin) {
  try {
    return decode_audio(path, options, begin);
  } catch (const DataError&) {  // of the disk or of the recording: only the latter's fault comes again
    return decode_audio(path, options, begin);
  }
}

LoadedAudio load_audio_and_repairs(const std::filesystem::path& path, const DecodeOptions& options) {
  LoadedAudio loaded{.audio = {.samples = {}, .sample_rate_hz = options.sample_rate_hz}, .repairs = {}};
  AudioBuffer& audio = loaded.audio;
  const auto append = [&](std::span<const int16_t> piece) {
    throw_if_cancelled();
    for (const int16_t sample : piece) audio.samples.push_back(static_cast<float>(sample) / 32768.0f);
  };
  const auto begin = [&] {
    audio.samples.clear();
    return append;
  };
  loaded.repairs = decode_audio(path, options, begin).repairs;
  return loaded;
}

AudioBuffer load_audio(const std::filesystem::path& path, const DecodeOptions& options) {
  LoadedAudio loaded = load_audio_and_repairs(path, options);
  if (loaded.repairs.any()) log_warning("{}: {}", path.string(), loaded.repairs.text());
  return std::move(loaded.audio);
}

std::optional<double> told_duration_s(const std::filesystem::path& path) {
  try {
    return declared_duration_s(open_audio_file(path), 0);
  } catch (const DataError&) {
    return std::nullopt;
  }
}

bool holds_audio(const std::filesystem::path& path) {
  try {
    open_audio_file(path);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace melomine::dsp

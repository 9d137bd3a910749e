#include "dsp/midi.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <deque>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/atomic_file.h"
#include "core/byte_order.h"
#include "core/error.h"
#include "core/logging.h"
#include "dsp/midi_wrapper.h"

namespace melomine::dsp {
namespace {

constexpr double kDefaultMicrosecondsPerQuarter = 500000;  // 120 beats a minute, by the standard
constexpr double kLongestScore_s = 24 * 3600;  // a few bytes can claim years, of which contours would be made
constexpr int kPercussionChannel = 9;
constexpr int kHighestDataByte = 127;
constexpr int kSmpteBit = 0x8000;  // of the division

/// Bounded reading of big-endian bytes.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file, std::string object)
      : bytes_(bytes), file_(file), object_(std::move(object)) {}

  bool done() const { return at_ >= bytes_.size(); }
  size_t position() const { return at_; }
  uint8_t byte() { return static_cast<uint8_t>(take(1)[0]); }
  uint8_t peek() const {
    if (done()) fail("ends in the middle of an event");
    return static_cast<uint8_t>(bytes_[at_]);
  }
  uint32_t number(int count) { return static_cast<uint32_t>(big_endian(take(static_cast<size_t>(count)))); }
  /// A variable-length quantity: seven bits a byte, at most four bytes.
  uint32_t variable() {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const uint8_t b = byte();
      value = value << 7 | (b & 0x7fu);
      if (b < 0x80) return value;
    }
    fail("a variable-length number is longer than four bytes");
  }
  std::string_view take(size_t count) {
    if (count > bytes_.size() - at_) fail("ends in the middle of an event");
    const std::string_view piece = bytes_.substr(at_, count);
    at_ += count;
    return piece;
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw DataError(file_, object_ + ", byte " + std::to_string(at_), message);
  }

 private:
  std::string_view bytes_;
  const std::string& file_;
  std::string object_;
  size_t at_ = 0;
};

struct TickNote {
  int64_t start = 0, end = 0;
  int channel = 0, key = 0, velocity = 0;
  size_t ended_by = 0;  ///< which event of its track; notes that nobody ended come last
};

/// A key goes down or, with velocity 0, up.
struct KeyEvent {
  int64_t tick = 0;
  int velocity = 0;
  size_t number = 0;  ///< in the track

  bool begins() const { return velocity > 0; }
};

struct TickTrack {
  std::string name;
  std::vector<TickNote> notes;
  int left_out = 0;  ///< notes whose key is no MIDI key
};

struct Tempo {
  int64_t tick = 0;
  double microseconds = kDefaultMicrosecondsPerQuarter;
};

/// Events of one track chunk.
class TrackParser {
 public:
  TrackParser(Reader reader, std::vector<Tempo>& tempos) : in_(std::move(reader)), tempos_(tempos) {}

  TickTrack parse() {
    uint8_t status = 0;
    bool ended = false;
    while (!ended && !in_.done()) {
      tick_ += in_.variable();
      if (in_.peek() >= 0x80) {
        const uint8_t next = in_.byte();
        if (next == 0xff) {
          ended = meta();
          continue;
        }
        if (next == 0xf0 || next == 0xf7) {
          in_.take(in_.variable());
          continue;
        }
        if (next > 0xf0) in_.fail("a system message inside a track");
        status = next;
      } else if (status == 0) {
        in_.fail("a data byte without a status byte before it");
      }
      channel_event(status);
    }
    for (const auto& [key, events] : events_) add_notes(key, events);
    std::sort(track_.notes.begin(), track_.notes.end(), [](const TickNote& a, const TickNote& b) {
      return std::tuple(a.start, a.ended_by, a.channel, a.key) <
             std::tuple(b.start, b.ended_by, b.channel, b.key);
    });
    return std::move(track_);
  }

 private:
  using ChannelKey = std::pair<int, int>;

  bool meta() {
    const uint8_t type = in_.byte();
    const std::string_view data = in_.take(in_.variable());
    if (type == 0x03 && track_.name.empty()) track_.name = std::string(data);
    if (type == 0x51 && data.size() == 3) {
      double value = 0;
      for (const char c : data) value = value * 256 + static_cast<uint8_t>(c);
      if (value > 0) tempos_.push_back({tick_, value});
    }
    return type == 0x2f;
  }

  void channel_event(uint8_t status) {
    const int kind = status >> 4, channel = status & 0x0f;
    const uint8_t first = in_.byte();
    const uint8_t second = kind == 0xc || kind == 0xd ? 0 : in_.byte();
    if (kind != 0x8 && kind != 0x9) return;
    const bool begins = kind == 0x9 && second > 0;
    if (first > kHighestDataByte) {
      track_.left_out += begins ? 1 : 0;
      return;
    }
    const int velocity = begins ? std::min<int>(second, kHighestDataByte) : 0;
    events_[{channel, first}].push_back({tick_, velocity, ++event_count_});
    if (begins) onsets_[channel].insert(tick_);
  }

  /// Beginnings of a key's notes whose end is missing: those that the ends behind them never catch up with.
  static std::vector<bool> find_hanging(const std::vector<KeyEvent>& events) {
    std::vector<bool> hanging(events.size(), false);
    std::vector<size_t> open;
    for (size_t e = 0; e < events.size(); ++e) {
      if (events[e].begins()) {
        open.push_back(e);
      } else if (!open.empty()) {
        open.pop_back();
      }
    }
    for (const size_t e : open) hanging[e] = true;
    return hanging;
  }

  /// The notes of one key, once all of its track is known.
  void add_notes(ChannelKey key, const std::vector<KeyEvent>& events) {
    const std::vector<bool> hanging = find_hanging(events);
    std::deque<size_t> open;
    for (size_t e = 0; e < events.size(); ++e) {
      if (hanging[e]) {
        // Struck twice at once but released once: one note.
        const bool twice =
            e + 1 < events.size() && events[e + 1].begins() && events[e + 1].tick == events[e].tick;
        if (!twice)
          add_note(key, events[e], {end_of_hanging(key.first, events[e].tick), 0, event_count_ + 1});
      } else if (events[e].begins()) {
        open.push_back(e);
      } else if (!open.empty()) {  // an end without a beginning is common and harmless
        add_note(key, events[open.front()], events[e]);
        open.pop_front();
      }
    }
  }

  /// A note that nobody ended gives way to the next of its channel: held to the end of the track it would
  /// lie over all of them.
  int64_t end_of_hanging(int channel, int64_t start) {
    const std::set<int64_t>& onsets = onsets_[channel];
    const auto next = onsets.upper_bound(start);
    return next == onsets.end() ? tick_ : *next;
  }

  void add_note(ChannelKey key, const KeyEvent& start, const KeyEvent& end) {
    if (end.tick > start.tick)
      track_.notes.push_back({start.tick, end.tick, key.first, key.second, start.velocity, end.number});
  }

  Reader in_;
  std::vector<Tempo>& tempos_;
  TickTrack track_;
  int64_t tick_ = 0;
  size_t event_count_ = 0;
  std::map<ChannelKey, std::vector<KeyEvent>> events_;
  std::map<int, std::set<int64_t>> onsets_;  // by channel
};

/// A division by SMPTE: frames a second, as a code, and ticks a frame.
struct SmpteDivision {
  explicit SmpteDivision(int division) : code(256 - (division >> 8 & 0xff)), ticks(division & 0xff) {}

  /// 0 = no such code
  double frames_per_second() const {
    if (code == 29) return 30000.0 / 1001.0;  // stands for the 29.97 of colour television
    return code == 24 || code == 25 || code == 30 ? code : 0;
  }

  int code, ticks;
};

/// Ticks to seconds.
class TickClock {
 public:
  TickClock(std::vector<Tempo> tempos, int division) {
    if (division & kSmpteBit) {
      // Tempo events do not count.
      const SmpteDivision smpte(division);
      seconds_per_tick_.push_back(1.0 / (smpte.frames_per_second() * smpte.ticks));
      starts_ = {{0, 0.0}};
      return;
    }
    std::stable_sort(tempos.begin(), tempos.end(),
                     [](const Tempo& a, const Tempo& b) { return a.tick < b.tick; });
    tempos.insert(tempos.begin(), Tempo{});
    double seconds = 0;
    for (size_t i = 0; i < tempos.size(); ++i) {
      if (i > 0)
        seconds += static_cast<double>(tempos[i].tick - tempos[i - 1].tick) * seconds_per_tick_.back();
      starts_.push_back({tempos[i].tick, seconds});
      seconds_per_tick_.push_back(tempos[i].microseconds * 1e-6 / division);
    }
  }

  double seconds(int64_t tick) const {
    const auto behind = std::upper_bound(starts_.begin() + 1, starts_.end(), tick,
                                         [](int64_t at, const auto& start) { return at < start.first; });
    const auto i = static_cast<size_t>(behind - starts_.begin()) - 1;
    return starts_[i].second + static_cast<double>(tick - starts_[i].first) * seconds_per_tick_[i];
  }

 private:
  std::vector<std::pair<int64_t, double>> starts_;
  std::vector<double> seconds_per_tick_;
};

void check_division(const Reader& in, int division) {
  if (division == 0) in.fail("a division of 0 ticks a quarter note");
  const SmpteDivision smpte(division);
  if ((division & kSmpteBit) != 0 && (smpte.frames_per_second() == 0 || smpte.ticks == 0))
    in.fail(
        fmt::format("an SMPTE division of {} frames a second and {} ticks a frame; there are 24, 25, 29 "
                    "and 30 frames, of a tick at least",
                    smpte.code, smpte.ticks));
}

/// The parts of a chunk, one for each channel: format 0 keeps all of them in one chunk.
void append_tracks(const TickTrack& ticks, const TickClock& clock, std::vector<MidiTrack>& tracks) {
  std::map<int, MidiTrack> parts;
  for (const TickNote& note : ticks.notes) {
    MidiTrack& part = parts.try_emplace(note.channel, MidiTrack{ticks.name, false, {}}).first->second;
    part.percussion = note.channel == kPercussionChannel;
    part.notes.push_back({clock.seconds(note.start), clock.seconds(note.end), static_cast<double>(note.key),
                          static_cast<double>(note.velocity) / kHighestDataByte});
  }
  if (parts.empty()) tracks.push_back({ticks.name, false, {}});
  for (auto& [channel, part] : parts) tracks.push_back(std::move(part));
}

bool is_named_melody(const std::string& name) {
  std::string letters;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte != 0 && std::isspace(byte) == 0) letters += static_cast<char>(std::toupper(byte));
  }
  return letters == "MELODY";
}

}  // namespace

bool is_midi(const std::filesystem::path& path) {
  std::string head(kMidiHeadBytes, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(in.gcount()));
  return begins_as_midi(head);
}

std::vector<MidiTrack> read_midi(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  const std::string file = path.string();
  const std::string_view content = unwrap_midi(bytes);
  Reader in(content, file, "header");
  if (content.size() < 14 || in.take(4) != "MThd")
    throw DataError(file, "header", "not a standard MIDI file");
  const uint32_t header_bytes = in.number(4);
  if (header_bytes < 6) in.fail("a header chunk has at least 6 bytes");
  const uint32_t format = in.number(2), track_count = in.number(2), division = in.number(2);
  in.take(header_bytes - 6);
  if (format > 1) in.fail("format " + std::to_string(format) + " is not supported, only 0 and 1 are");
  check_division(in, static_cast<int>(division));

  std::vector<Tempo> tempos;
  std::vector<TickTrack> ticks;
  while (ticks.size() < track_count) {
    if (in.done())
      in.fail("truncated: " + std::to_string(track_count) + " tracks announced, " +
              std::to_string(ticks.size()) + " found");
    const std::string_view kind = in.take(4);
    const uint32_t length = in.number(4);
    const std::string object = "track " + std::to_string(ticks.size());
    if (length > content.size() - in.position()) throw DataError(file, object, "truncated");
    const std::string_view chunk = in.take(length);
    if (kind != "MTrk") continue;
    ticks.push_back(TrackParser(Reader(chunk, file, object), tempos).parse());
    if (ticks.back().left_out > 0)
      log_warning("{}: {}: {} note(s) left out, whose keys are above {}", file, object, ticks.back().left_out,
                  kHighestDataByte);
  }
  const TickClock clock(std::move(tempos), static_cast<int>(division));
  std::vector<MidiTrack> tracks;
  for (const TickTrack& track : ticks) append_tracks(track, clock, tracks);
  for (const MidiTrack& track : tracks)
    for (const Note& note : track.notes)
      if (!(note.end_s <= kLongestScore_s))
        throw DataError(file, "", fmt::format("lasts {:.0f} hours: damaged, or no score", note.end_s / 3600));
  return tracks;
}

std::vector<Note> melody_of(const std::vector<MidiTrack>& tracks, const std::string& file_name) {
  const MidiTrack* chosen = nullptr;
  for (const MidiTrack& track : tracks) {
    if (track.percussion || track.notes.empty()) continue;
    // Named before unnamed, then busy before sparse.
    const auto rank = [](const MidiTrack& t) { return std::pair(is_named_melody(t.name), t.notes.size()); };
    if (chosen == nullptr || rank(track) > rank(*chosen)) chosen = &track;
  }
  if (chosen == nullptr) throw DataError(file_name, "", "has no note outside percussion");
  std::vector<Note> notes = chosen->notes;
  std::stable_sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) {
    return a.start_s != b.start_s ? a.start_s < b.start_s : a.pitch_midi > b.pitch_midi;
  });

  // Skyline: a higher note cuts what sounds below it, a lower one that starts under a higher one is left out
  // unless it outlasts it by far, which in practice is the next melody note played legato.
  constexpr double kSameOnset_s = 0.02;
  std::vector<Note> melody;
  for (const Note& note : notes) {
    if (!melody.empty()) {
      Note& last = melody.back();
      const bool together = note.start_s - last.start_s < kSameOnset_s;
      if (together && note.pitch_midi <= last.pitch_midi) continue;
      if (together) {
        last = note;
        continue;
      }
      const bool covered = note.end_s <= last.end_s && note.pitch_midi < last.pitch_midi;
      if (covered) continue;
      last.end_s = std::min(last.end_s, note.start_s);
    }
    melody.push_back(note);
  }
  return melody;
}

}  // namespace melomine::dsp

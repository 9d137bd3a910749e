#include "service/upload.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/error.h"
#include "dsp/decode.h"

namespace melomine::service {
namespace {

struct Beginning {
  size_t at;
  std::string_view bytes;
  AudioKind kind;
};
using namespace std::string_view_literals;
// clang-format off
constexpr std::array kBeginnings = {
    Beginning{8, "WAVE"sv, {".wav", "audio/wav"}},
    Beginning{0, "fLaC"sv, {".flac", "audio/flac"}},
    Beginning{0, "OggS"sv, {".ogg", "audio/ogg"}},
    Beginning{0, "\x1a\x45\xdf\xa3"sv, {".webm", "audio/webm"}},
    Beginning{4, "ftyp"sv, {".m4a", "audio/mp4"}},
    Beginning{0, "ID3"sv, {".mp3", "audio/mpeg"}},
    Beginning{0, "\xff\xfb"sv, {".mp3", "audio/mpeg"}},
    Beginning{0, "\xff\xf3"sv, {".mp3", "audio/mpeg"}},
    Beginning{8, "AIFF"sv, {".aiff", "audio/aiff"}}};
// clang-format on

/// A file in memory that has no name; open as long as this lives.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(::memfd_create("upload", MFD_CLOEXEC)) {
    if (fd_ < 0) throw Error(std::string("cannot hold an upload in memory: ") + std::strerror(errno));
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) {
        const std::string reason = std::strerror(errno);
        ::close(fd_);
        throw Error("cannot hold an upload in memory: " + reason);
      }
      bytes.remove_prefix(static_cast<size_t>(put));
    }
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return fmt::format("/proc/self/fd/{}", fd_); }

 private:
  int fd_;
};

/// A message of the decoder without the name of the file, which says nothing to who sent it.
std::string without_name(std::string message, const std::filesystem::path& name) {
  const std::string place = name.string() + ": ";
  if (message.starts_with(place)) message.erase(0, place.size());
  return message;
}

}  // namespace

AudioKind kind_of_audio(std::string_view bytes) {
  for (const Beginning& beginning : kBeginnings)
    if (bytes.size() >= beginning.at && bytes.substr(beginning.at).starts_with(beginning.bytes))
      return beginning.kind;
  return {".bin", "application/octet-stream"};
}

dsp::AudioBuffer decode_upload(std::string_view bytes, double max_duration_s) {
  if (bytes.empty()) throw DataError("the upload is empty");
  const MemoryFile file(bytes);
  try {
    return dsp::load_audio_and_repairs(file.path(), {.max_duration_s = max_duration_s}).audio;
  } catch (const DataError& error) {
    throw DataError(without_name(error.what(), file.path()));
  }
}

}  // namespace melomine::service

#include "pitch/zip_archive.h"

#include <utility>

#include "core/byte_order.h"
#include "core/error.h"

namespace melomine::pitch {
namespace {

// Signatures and lengths of the records that are read here (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5).
constexpr std::string_view kEndRecord = "PK\5\6", kEnd64Record = "PK\6\6", kEnd64Locator = "PK\6\7";
constexpr std::string_view kDirectoryRecord = "PK\1\2", kFileRecord = "PK\3\4";
constexpr uint64_t kEndLength = 22, kLocatorLength = 20, kDirectoryLength = 46, kFileLength = 30;
constexpr uint64_t kElsewhere16 = 0xFFFF, kElsewhere32 = 0xFFFFFFFF, kExtra64 = 1;

}  // namespace

ZipArchive::ZipArchive(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {
  const size_t end = bytes.rfind(kEndRecord);
  if (end == std::string_view::npos || end + kEndLength > bytes.size())
    throw DataError(name_, "", "is cut off: the directory of the zip is missing");
  uint64_t count = number(end + 10, 2), record = number(end + 16, 4);
  if ((count == kElsewhere16 || record == kElsewhere32) && end >= kLocatorLength &&
      part(end - kLocatorLength, 4) == kEnd64Locator) {
    const uint64_t end64 = number(end - kLocatorLength + 8, 8);
    if (part(end64, 4) != kEnd64Record) throw DataError(name_, "", "has a damaged directory");
    count = number(end64 + 32, 8);
    record = number(end64 + 48, 8);
  }
  for (uint64_t i = 0; i < count; ++i) record = add_file(record);
}

std::string_view ZipArchive::part(uint64_t offset, uint64_t size) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset)
    throw DataError(name_, "", "is cut off or damaged: the zip names bytes that are not there");
  return bytes_.substr(offset, size);
}

uint64_t ZipArchive::number(uint64_t offset, uint64_t size) const {
  return little_endian(part(offset, size));
}

uint64_t ZipArchive::add_file(uint64_t record) {
  if (part(record, 4) != kDirectoryRecord) throw DataError(name_, "", "has a damaged directory");
  const uint64_t name_length = number(record + 28, 2), extra_length = number(record + 30, 2);
  const std::string path(part(record + kDirectoryLength, name_length));
  uint64_t size = number(record + 24, 4), offset = number(record + 42, 4);
  const uint64_t stored = number(record + 20, 4);
  if (number(record + 10, 2) != 0)
    throw DataError(name_, path, "is compressed, which torch.save does not do");
  uint64_t extra = record + kDirectoryLength + name_length;
  const uint64_t extra_end = extra + extra_length;
  while (extra + 4 <= extra_end) {
    const uint64_t length = number(extra + 2, 2);
    if (number(extra, 2) == kExtra64) {  // the sizes and the offset that do not fit, in this order
      uint64_t field = extra + 4;
      if (size == kElsewhere32) size = number(std::exchange(field, field + 8), 8);
      if (stored == kElsewhere32) field += 8;
      if (offset == kElsewhere32) offset = number(field, 8);
    }
    extra += 4 + length;
  }
  if (part(offset, 4) != kFileRecord) throw DataError(name_, path, "is not where the directory says");
  const uint64_t data = offset + kFileLength + number(offset + 26, 2) + number(offset + 28, 2);
  files_[path] = part(data, size);
  return extra_end + number(record + 32, 2);
}

std::string_view ZipArchive::file(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) throw DataError(name_, path, "is not in the archive");
  return found->second;
}

}  // namespace melomine::pitch

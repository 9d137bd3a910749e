#include "storage/chunk_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

#include "core/simd.h"

namespace melomine::storage::hdf5 {
namespace {

static_assert(std::endian::native == std::endian::little, "chunks are copied as they lie in the file");

constexpr hsize_t kMostValues = 1 << 20;  // of a chunk: what a file says of itself decides over no memory
constexpr int64_t kUnknownPlace = -1, kReadByHdf5 = -2;

/// The values of a chunk where chunks are int16 and a checksum, else 0.
hsize_t checked_chunk_values(const Dataset& dataset) {
  const Lock lock;
  const Handle type(H5Dget_type(dataset.id()), H5Tclose);
  const Handle creation(H5Dget_create_plist(dataset.id()), H5Pclose);
  if (dataset.shape().size() != 1 || H5Tequal(type.get(), H5T_STD_I16LE) <= 0 ||
      H5Pget_layout(creation.get()) != H5D_CHUNKED || H5Pget_nfilters(creation.get()) != 1)
    return 0;
  size_t none = 0;
  unsigned flags = 0, settings = 0;
  if (H5Pget_filter2(creation.get(), 0, &flags, &none, nullptr, 0, nullptr, &settings) !=
      H5Z_FILTER_FLETCHER32)
    return 0;
  hsize_t values = 0;
  return H5Pget_chunk(creation.get(), 1, &values) == 1 && values <= kMostValues ? values : 0;
}

template <class Word>
bool read_whole(int descriptor, int64_t place, std::span<Word> out) {
  auto* to = reinterpret_cast<char*>(out.data());
  size_t left = out.size_bytes();
  while (left > 0) {
    const ssize_t got = ::pread(descriptor, to, left, place);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    place += got;
    left -= static_cast<size_t>(got);
  }
  return true;
}

/// Modulo 65535, as folding its halves gives it: 0 only for 0.
uint32_t folded(uint64_t sum) {
  return sum == 0 ? 0 : static_cast<uint32_t>((sum - 1) % 0xFFFF + 1);
}

constexpr size_t kChecksumWords = sizeof(uint32_t) / sizeof(uint16_t);

}  // namespace

MELOMINE_WIDE_CLONES uint32_t fletcher32(std::span<const uint16_t> words) {
  // The second sum takes each word as often as there are words from it to the end. Within a block both fit 32
  // bits.
  constexpr size_t kBlock = 256;
  uint64_t sum = 0, sum_of_sums = 0;
  for (size_t begin = 0; begin < words.size(); begin += kBlock) {
    const auto block = words.subspan(begin, std::min(kBlock, words.size() - begin));
    const auto count = static_cast<uint32_t>(block.size());
    uint32_t in_block = 0, weighted = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t word = static_cast<uint16_t>(block[i] << 8 | block[i] >> 8);
      in_block += word;
      weighted += (count - i) * word;
    }
    sum_of_sums += count * sum + weighted;
    sum += in_block;
  }
  return folded(sum_of_sums) << 16 | folded(sum);
}

ChunkReader::ChunkReader(File file, Dataset dataset)
    : file_(std::move(file)), dataset_(std::move(dataset)), chunk_values_(checked_chunk_values(dataset_)) {
  if (chunk_values_ == 0) return;
  places_ = std::vector<std::atomic<int64_t>>((dataset_.held() + chunk_values_ - 1) / chunk_values_);
  for (auto& place : places_) place = kUnknownPlace;
  const Lock lock;
  void* descriptor = nullptr;  // of HDF5's default driver
  if (H5Fget_vfd_handle(file_.id(), H5P_DEFAULT, &descriptor) >= 0)
    descriptor_ = *static_cast<int*>(descriptor);
}

/// Whether these words lie there. Whichever chunk that is, who reads there reads this one's values.
bool ChunkReader::lies_at(int64_t place, std::span<const uint16_t> words) const {
  thread_local std::vector<uint16_t> found;
  found.resize(words.size());
  return place >= 0 && read_whole(descriptor_, place, std::span(found)) && std::ranges::equal(found, words);
}

/// Where a chunk lies in the file. HDF5 1.10 goes through all chunks to tell, which takes some 0.4 ms in a
/// GiB; but most lie one behind the other, so the gaps before the ones next to it that were asked for are
/// tried.
/// @param words  the chunk as HDF5 reads it
int64_t ChunkReader::find_place(hsize_t chunk, std::span<const uint16_t> words) const {
  const auto packed = static_cast<int64_t>(chunk * words.size_bytes());
  std::array<std::optional<int64_t>, 2> near;
  {
    const std::lock_guard lock(mutex_);
    const auto behind = offsets_.lower_bound(chunk);
    if (behind != offsets_.end()) near[1] = behind->second;
    if (behind != offsets_.begin()) near[0] = std::prev(behind)->second;
  }
  int64_t place = kReadByHdf5;
  for (const auto& offset : near)
    if (place < 0 && offset && lies_at(packed + *offset, words)) place = packed + *offset;
  if (place < 0) {
    const Lock lock;
    const hsize_t first = chunk * chunk_values_;
    unsigned left_out = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t bytes = 0;
    if (H5Dget_chunk_info_by_coord(dataset_.id(), &first, &left_out, &address, &bytes) >= 0 &&
        address != HADDR_UNDEF && lies_at(static_cast<int64_t>(address), words))
      place = static_cast<int64_t>(address);
  }
  if (place >= 0 && (!near[0] || place != packed + *near[0])) {
    const std::lock_guard lock(mutex_);
    offsets_.emplace(chunk, place - packed);
  }
  return place;
}

/// Reads a chunk and its checksum for the first time. @returns false where HDF5 has to read its values
bool ChunkReader::read_first(hsize_t chunk, std::span<uint16_t> words) const {
  {
    const Lock lock;
    const hsize_t first = chunk * chunk_values_;
    hsize_t bytes = 0;
    uint32_t left_out = 0;
    if (H5Dget_chunk_storage_size(dataset_.id(), &first, &bytes) < 0 || bytes != words.size_bytes() ||
        H5Dread_chunk(dataset_.id(), H5P_DEFAULT, &first, &left_out, words.data()) < 0 || left_out != 0)
      return false;
  }
  uint32_t stored = 0;
  std::memcpy(&stored, words.data() + chunk_values_, sizeof(stored));
  if (stored != fletcher32(words.first(chunk_values_))) return false;
  places_[chunk] = find_place(chunk, words);
  return true;
}

bool ChunkReader::read_from_chunk(hsize_t chunk, hsize_t begin, std::span<int16_t> out) const {
  const int64_t place = places_[chunk];
  if (place >= 0) return read_whole(descriptor_, place + static_cast<int64_t>(begin * sizeof(int16_t)), out);
  if (place == kReadByHdf5) return false;
  thread_local std::vector<uint16_t> words;
  words.resize(chunk_values_ + kChecksumWords);
  if (!read_first(chunk, words)) return false;
  std::memcpy(out.data(), words.data() + begin, out.size_bytes());
  return true;
}

void ChunkReader::read(hsize_t start, std::span<int16_t> out) const {
  if (descriptor_ < 0 || start > size() || out.size() > size() - start) return dataset_.read(start, out);
  while (!out.empty()) {
    const hsize_t chunk = start / chunk_values_, begin = start % chunk_values_;
    const auto part = out.first(std::min<size_t>(out.size(), chunk_values_ - begin));
    if (!read_from_chunk(chunk, begin, part)) dataset_.read(start, part);
    start += part.size();
    out = out.subspan(part.size());
  }
}

}  // namespace melomine::storage::hdf5

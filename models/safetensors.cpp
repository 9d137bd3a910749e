#include "models/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "core/atomic_file.h"
#include "core/byte_order.h"
#include "core/error.h"

namespace melomine::models {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are copied as they lie in memory");

using Json = nlohmann::json;
constexpr uint64_t kPrefixBytes = 8;
constexpr uint64_t kLargestHeader = 100'000'000;  ///< the format's own limit
constexpr const char* kMetadata = "__metadata__";

const std::map<std::string, size_t>& element_bytes() {
  static const std::map<std::string, size_t> sizes{
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"U16", 2}, {"I16", 2}, {"F16", 2},
      {"BF16", 2}, {"U32", 4}, {"I32", 4}, {"F32", 4},     {"U64", 8},     {"I64", 8}, {"F64", 8}};
  return sizes;
}

/// JSON that names a key twice is refused: which of the two is meant nobody can tell.
Json parse_header(const std::string& file, const std::string& text) {
  std::vector<std::set<std::string>> keys;
  std::string doubled;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      doubled = parsed.get<std::string>();
    return true;
  };
  Json header;
  try {
    header = Json::parse(text, watch);
  } catch (const Json::exception&) {
    throw DataError(file, "header", "is not JSON; not a safetensors file, or a damaged one");
  }
  if (!doubled.empty()) throw DataError(file, "header", "names '" + doubled + "' twice");
  if (!header.is_object()) throw DataError(file, "header", "is not a JSON object");
  return header;
}

/// Bytes of a tensor of this shape. @throws DataError when they exceed 64 bits
uint64_t shape_bytes(const std::string& file, const TensorInfo& tensor) {
  uint64_t bytes = safetensors_element_bytes(tensor.dtype);
  for (const int64_t size : tensor.shape)
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes))
      throw DataError(file, "tensor " + tensor.name, "has an impossible shape");
  return bytes;
}

TensorInfo parse_tensor(const std::string& file, const std::string& name, const Json& entry) {
  const std::string object = "tensor " + name;
  const auto fail = [&](const std::string& what) { throw DataError(file, object, what); };
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets"))
    fail("does not have exactly dtype, shape and data_offsets");
  TensorInfo tensor;
  tensor.name = name;
  if (!entry["dtype"].is_string()) fail("has a dtype that is not a text");
  tensor.dtype = entry["dtype"].get<std::string>();
  if (safetensors_element_bytes(tensor.dtype) == 0) fail("has the unknown dtype " + tensor.dtype);
  const auto& shape = entry["shape"];
  if (!shape.is_array()) fail("has a shape that is not a list");
  for (const auto& size : shape) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > INT64_MAX)
      fail("has a shape with something else than sizes in it");
    tensor.shape.push_back(size.get<int64_t>());
  }
  const auto& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned() || offsets[1].get<uint64_t>() < offsets[0].get<uint64_t>())
    fail("has data_offsets that are not [begin, end]");
  tensor.offset = offsets[0].get<uint64_t>();
  tensor.bytes = offsets[1].get<uint64_t>() - tensor.offset;
  const uint64_t expected = shape_bytes(file, tensor);
  if (expected != tensor.bytes)
    fail("takes " + std::to_string(tensor.bytes) + " bytes where its shape needs " +
         std::to_string(expected));
  return tensor;
}

/// Tensors must tile [0, data_bytes) in order.
void check_tiling(const std::string& file, const std::vector<TensorInfo>& tensors, uint64_t data_bytes) {
  uint64_t end = 0;
  for (const auto& tensor : tensors) {
    if (tensor.offset < end) throw DataError(file, "tensor " + tensor.name, "overlaps another");
    if (tensor.offset > end) throw DataError(file, "tensor " + tensor.name, "leaves a gap before it");
    end += tensor.bytes;
  }
  if (end > data_bytes)
    throw DataError(
        file, tensors.back().name,
        "ends beyond the file: truncated by " + std::to_string(end - data_bytes) + " bytes or more");
  if (end < data_bytes)
    throw DataError(file, "", "has " + std::to_string(data_bytes - end) + " bytes after its last tensor");
}

std::ifstream open_file(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) throw DataError(path.string(), "", "is a folder, not a file");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw DataError(path.string(), "", std::string("cannot be opened: ") + std::strerror(errno));
  return stream;
}

}  // namespace

size_t safetensors_element_bytes(const std::string& dtype) {
  const auto found = element_bytes().find(dtype);
  return found == element_bytes().end() ? 0 : found->second;
}

bool begins_as_safetensors(std::string_view head) {
  if (head.size() <= kPrefixBytes || head[kPrefixBytes] != '{') return false;
  const uint64_t length = little_endian(head.substr(0, kPrefixBytes));
  return length >= 2 && length <= kLargestHeader;
}

SafetensorsHeader read_safetensors_header(const std::filesystem::path& path) {
  const std::string file = path.string();
  auto stream = open_file(path);
  const uint64_t file_bytes = std::filesystem::file_size(path);
  std::string prefix(kPrefixBytes, '\0');
  if (!stream.read(prefix.data(), kPrefixBytes))
    throw DataError(file, "", "is too short to be a safetensors file");
  const uint64_t length = little_endian(prefix);
  if (length > kLargestHeader || length > file_bytes - kPrefixBytes)
    throw DataError(file, "header",
                    "claims " + std::to_string(length) +
                        " bytes, more than there are; not a safetensors file, or truncated");
  std::string text(length, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(length)))
    throw DataError(file, "header", "cannot be read");

  SafetensorsHeader header;
  header.data_start = kPrefixBytes + length;
  const Json json = parse_header(file, text);
  for (const auto& [name, entry] : json.items()) {
    if (name != kMetadata) {
      header.tensors.push_back(parse_tensor(file, name, entry));
      continue;
    }
    if (!entry.is_object()) throw DataError(file, kMetadata, "is not a JSON object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) throw DataError(file, kMetadata, "'" + key + "' is not a text");
      header.metadata[key] = value.get<std::string>();
    }
  }
  // Empty tensors share their offset with the next one: they come first then.
  std::sort(header.tensors.begin(), header.tensors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
  });
  return header;
}

SafetensorsHeader safetensors_header(const std::filesystem::path& path) {
  SafetensorsHeader header = read_safetensors_header(path);
  check_tiling(path.string(), header.tensors, std::filesystem::file_size(path) - header.data_start);
  return header;
}

void read_tensor_bytes(const std::filesystem::path& path, const SafetensorsHeader& header,
                       const TensorInfo& info, void* out) {
  auto stream = open_file(path);
  stream.seekg(static_cast<std::streamoff>(header.data_start + info.offset));
  if (!stream.read(static_cast<char*>(out), static_cast<std::streamsize>(info.bytes)))
    throw DataError(path.string(), "tensor " + info.name, "cannot be read");
}

void write_safetensors(const std::filesystem::path& path, std::vector<TensorView> tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::string file = path.string();
  std::sort(tensors.begin(), tensors.end(), [](const TensorView& a, const TensorView& b) {
    const size_t bytes_a = safetensors_element_bytes(a.info.dtype);
    const size_t bytes_b = safetensors_element_bytes(b.info.dtype);
    return bytes_a != bytes_b ? bytes_a > bytes_b : a.info.name < b.info.name;
  });
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  uint64_t end = 0;
  for (auto& tensor : tensors) {
    auto& info = tensor.info;
    if (safetensors_element_bytes(info.dtype) == 0)
      throw DataError(file, "tensor " + info.name, "has the unknown dtype " + info.dtype);
    if (info.name == kMetadata || header.contains(info.name))
      throw DataError(file, "tensor " + info.name, "has a name that is taken");
    info.offset = end;
    info.bytes = shape_bytes(file, info);
    end += info.bytes;
    header[info.name] = {{"dtype", info.dtype}, {"shape", info.shape}, {"data_offsets", {info.offset, end}}};
  }
  std::string text;
  try {
    text = header.dump();  // strict: what is not UTF-8 must not be saved as something else
  } catch (const Json::exception&) {
    throw DataError(file, "header", "a name or a metadata value is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data starts aligned

  AtomicFile target(path);
  std::ofstream stream(target.temporary(), std::ios::binary | std::ios::trunc);
  const uint64_t length = text.size();
  stream.write(reinterpret_cast<const char*>(&length), kPrefixBytes);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const auto& tensor : tensors)
    stream.write(static_cast<const char*>(tensor.data), static_cast<std::streamsize>(tensor.info.bytes));
  stream.close();
  if (!stream) throw DataError(file, "", "cannot be written (disk full? permissions?)");
  target.commit();
}

}  // namespace melomine::models

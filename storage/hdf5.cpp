#include "storage/hdf5.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>

#include "core/error.h"

namespace melomine::storage::hdf5 {
namespace {

/// Deflate, the densest of HDF5's filters that are usual, packs so many bytes into one.
constexpr hsize_t kMostPacked = 1032;
/// An array so small may be claimed without anything stored: one that was never written holds its fill value.
constexpr hsize_t kFreeClaim_bytes = 1 << 20;

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

template <class T>
struct TypeOf;
// file type, memory type
#define MELOMINE_HDF5_TYPE(T, FILE_TYPE, MEMORY_TYPE) \
  template <>                                         \
  struct TypeOf<T> {                                  \
    static hid_t file() { return FILE_TYPE; }         \
    static hid_t memory() { return MEMORY_TYPE; }     \
  }
MELOMINE_HDF5_TYPE(int8_t, H5T_STD_I8LE, H5T_NATIVE_INT8);
MELOMINE_HDF5_TYPE(uint8_t, H5T_STD_U8LE, H5T_NATIVE_UINT8);
MELOMINE_HDF5_TYPE(int16_t, H5T_STD_I16LE, H5T_NATIVE_INT16);
MELOMINE_HDF5_TYPE(int32_t, H5T_STD_I32LE, H5T_NATIVE_INT32);
MELOMINE_HDF5_TYPE(int64_t, H5T_STD_I64LE, H5T_NATIVE_INT64);
MELOMINE_HDF5_TYPE(float, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT);
MELOMINE_HDF5_TYPE(double, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE);
#undef MELOMINE_HDF5_TYPE

herr_t keep_first(unsigned n, const H5E_error2_t* entry, void* out) {
  if (n == 0 && entry->desc != nullptr) *static_cast<std::string*>(out) = entry->desc;
  return 0;
}

/// What HDF5's description says in few words: a failed system call's own message, or else the first line.
std::string in_few_words(const std::string& description) {
  constexpr std::string_view kMark = "error message = '";
  // Readers share a lock: only a writer keeps them out.
  if (description.find("unable to lock file, errno = " + std::to_string(EAGAIN)) != std::string::npos)
    return "another program has it open for writing; close it there and try again";
  const size_t mark = description.find(kMark);
  if (mark == std::string::npos) return description.substr(0, description.find('\n'));
  const size_t begin = mark + kMark.size();
  return description.substr(begin, description.find('\'', begin) - begin);
}

/// Chunk slots of the cache: a prime far above the number of chunks it holds, as HDF5's manual advises.
constexpr size_t kCacheSlots = 521;

Handle access_properties(int64_t cache_bytes) {
  Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_chunk_cache(access.get(), kCacheSlots, static_cast<size_t>(cache_bytes), 1.0);
  return access;
}

Handle open_attribute(const File& file, const std::string& name) {
  const hid_t id = H5Aopen(file.id(), name.c_str(), H5P_DEFAULT);
  return {check(id, file.path(), "attribute " + name, "cannot be read"), H5Aclose};
}

bool holds_one(const Handle& attribute) {
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  return H5Sget_simple_extent_npoints(space.get()) == 1;
}

/// An attribute of one value: what is read into a place for one must be no more.
Handle open_single(const File& file, const std::string& name) {
  Handle attribute = open_attribute(file, name);
  if (!holds_one(attribute)) throw DataError(file.path(), "attribute " + name, "does not hold one value");
  return attribute;
}

void write_attribute(const File& file, const std::string& name, hid_t file_type, hid_t memory_type,
                     const void* value) {
  const Lock lock;
  const std::string object = "attribute " + name;
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const hid_t id = H5Acreate2(file.id(), name.c_str(), file_type, space.get(), H5P_DEFAULT, H5P_DEFAULT);
  const Handle attribute(check(id, file.path(), object, "cannot be made"), H5Aclose);
  check(H5Awrite(attribute.get(), memory_type, value), file.path(), object, "cannot be written");
}

/// Files are closed where they are used. A file that could not be written (disk full) stays open inside the
/// library, whose own clean-up at exit would crash on it. Counts only before the library's first use.
[[maybe_unused]] const herr_t kNoCleanUp = H5dont_atexit();

}  // namespace

Lock::Lock() : guard_(library_mutex()) {
  // A library of its own threads keeps this setting per thread.
  thread_local const herr_t silenced = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(silenced);
}

Handle& Handle::operator=(Handle&& other) noexcept {
  reset();
  std::swap(id_, other.id_);
  close_ = other.close_;
  return *this;
}

void Handle::reset() noexcept {
  if (id_ < 0) return;
  const Lock lock;
  close_(id_);
  id_ = -1;
}

int64_t check(int64_t status, const std::string& file, const std::string& object, const char* action) {
  if (status >= 0) return status;
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &reason);
  H5Eclear2(H5E_DEFAULT);
  throw DataError(file, object,
                  reason.empty() ? action : fmt::format("{}: {}", action, in_few_words(reason)));
}

Dataset::Dataset(Handle id, std::string file, std::string name)
    : id_(std::move(id)), file_(std::move(file)), name_(std::move(name)) {
  const Lock lock;
  const Handle space(H5Dget_space(id_.get()), H5Sclose);
  const int64_t rank = check(H5Sget_simple_extent_ndims(space.get()), file_, name_, "has no shape");
  shape_.resize(static_cast<size_t>(rank));
  check(H5Sget_simple_extent_dims(space.get(), shape_.data(), nullptr), file_, name_, "has no shape");
}

hsize_t Dataset::size() const {
  hsize_t count = 1;
  for (const hsize_t extent : shape_)
    if (__builtin_mul_overflow(count, extent, &count))
      throw DataError(file_, name_, "has an impossible shape");
  return count;
}

size_t Dataset::held() const {
  const Lock lock;
  const Handle type(H5Dget_type(id_.get()), H5Tclose), file(H5Iget_file_id(id_.get()), H5Fclose);
  hsize_t file_bytes = 0, claimed = 0;
  check(H5Fget_filesize(file.get(), &file_bytes), file_, name_, "cannot be read");
  const hsize_t stored = std::min(H5Dget_storage_size(id_.get()), file_bytes);
  if (__builtin_mul_overflow(size(), static_cast<hsize_t>(H5Tget_size(type.get())), &claimed) ||
      claimed > kMostPacked * stored + kFreeClaim_bytes)
    throw DataError(
        file_, name_,
        fmt::format("claims {} values, but {} bytes are stored; damaged, or cut off", size(), stored));
  return size();
}

bool Dataset::is_numeric() const {
  const Lock lock;
  const Handle type(H5Dget_type(id_.get()), H5Tclose);
  const H5T_class_t kind = H5Tget_class(type.get());
  return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

template <class T>
void Dataset::read(hsize_t start, std::span<T> out) const {
  const Lock lock;
  if (out.empty()) return;
  const hsize_t count = out.size();
  if (shape_.size() != 1 || start + count > shape_[0])
    throw DataError(file_, name_, fmt::format("has no values [{}, {})", start, start + count));
  const Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Handle space(H5Dget_space(id_.get()), H5Sclose);
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr), file_, name_,
        "cannot be read");
  check(H5Dread(id_.get(), TypeOf<T>::memory(), memory.get(), space.get(), H5P_DEFAULT, out.data()), file_,
        name_, "cannot be read");
}

template <class T>
std::vector<T> Dataset::read_all() const {
  const Lock lock;
  std::vector<T> values(held());
  if (!values.empty())
    check(H5Dread(id_.get(), TypeOf<T>::memory(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), file_, name_,
          "cannot be read");
  return values;
}

template <class T>
void Dataset::write_all(std::span<const T> values) {
  const Lock lock;
  if (values.size() != size())
    throw ShapeError(fmt::format("[hdf5] {}: {} values for an array of {}", name_, values.size(), size()));
  if (!values.empty())
    check(H5Dwrite(id_.get(), TypeOf<T>::memory(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), file_,
          name_, "cannot be written");
}

template <class T>
void Dataset::append(std::span<const T> values) {
  const Lock lock;
  if (values.empty()) return;
  const hsize_t start = shape_.at(0), count = values.size(), grown = start + count;
  check(H5Dset_extent(id_.get(), &grown), file_, name_, "cannot grow");
  shape_[0] = grown;
  const Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Handle space(H5Dget_space(id_.get()), H5Sclose);
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr), file_, name_,
        "cannot be written");
  check(H5Dwrite(id_.get(), TypeOf<T>::memory(), memory.get(), space.get(), H5P_DEFAULT, values.data()),
        file_, name_, "cannot be written");
}

File File::open(const std::filesystem::path& path) {
  const Lock lock;
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  return {Handle(check(id, path.string(), "", "cannot be opened as HDF5"), H5Fclose), path.string()};
}

File File::create(const std::filesystem::path& path) {
  const Lock lock;
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get());
  return {Handle(check(id, path.string(), "", "cannot be made"), H5Fclose), path.string()};
}

void File::flush() {
  const Lock lock;
  check(H5Fflush(id_.get(), H5F_SCOPE_LOCAL), path_, "", "cannot be written");
}

bool File::has(const std::string& name) const {
  const Lock lock;
  return H5Lexists(id(), name.c_str(), H5P_DEFAULT) > 0;
}

bool File::is_array(const std::string& name) const {
  const Lock lock;
  const Handle object(H5Oopen(id(), name.c_str(), H5P_DEFAULT), H5Oclose);
  return object.get() >= 0 && H5Iget_type(object.get()) == H5I_DATASET;
}

std::vector<std::string> File::names(const std::string& group) const {
  const Lock lock;
  const hid_t opened = H5Gopen2(id(), group.c_str(), H5P_DEFAULT);
  const Handle of_group(check(opened, path_, group, "is no group"), H5Gclose);
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  check(H5Literate(of_group.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names), path_, "",
        "cannot be listed");
  return names;
}

template <class T>
Dataset File::create_dataset(const std::string& name, const Layout& layout) {
  const Lock lock;
  const int rank = static_cast<int>(layout.shape.size());
  std::vector<hsize_t> largest = layout.shape;
  if (layout.extendible) largest.at(0) = H5S_UNLIMITED;
  const Handle space(H5Screate_simple(rank, layout.shape.data(), largest.data()), H5Sclose);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  H5Pset_fill_time(creation.get(), H5D_FILL_TIME_ALLOC);  // no left-over memory behind the last value
  if (!layout.chunk.empty())
    check(H5Pset_chunk(creation.get(), rank, layout.chunk.data()), path_, name, "bad chunk");
  if (layout.checksum) check(H5Pset_fletcher32(creation.get()), path_, name, "cannot be checksummed");
  const Handle access = access_properties(layout.cache_bytes);
  const hid_t id = H5Dcreate2(this->id(), name.c_str(), TypeOf<T>::file(), space.get(), H5P_DEFAULT,
                              creation.get(), access.get());
  return {Handle(check(id, path_, name, "cannot be made"), H5Dclose), path_, name};
}

Dataset File::open_dataset(const std::string& name, int64_t cache_bytes) const {
  const Lock lock;
  const Handle access = access_properties(cache_bytes);
  const hid_t id = H5Dopen2(this->id(), name.c_str(), access.get());
  return {Handle(check(id, path_, name, "cannot be opened"), H5Dclose), path_, name};
}

bool File::has_attribute(const std::string& name) const {
  const Lock lock;
  return H5Aexists(id(), name.c_str()) > 0;
}

std::vector<std::string> File::attribute_names() const {
  const Lock lock;
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  check(H5Aiterate2(id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names), path_, "", "cannot be listed");
  return names;
}

void File::set_attribute(const std::string& name, const std::string& value) {
  const Lock lock;
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), std::max<size_t>(value.size(), 1));
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  write_attribute(*this, name, type.get(), type.get(), value.c_str());
}

void File::set_attribute(const std::string& name, int64_t value) {
  write_attribute(*this, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

void File::set_attribute(const std::string& name, double value) {
  write_attribute(*this, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

std::string File::text_attribute(const std::string& name) const {
  const Lock lock;
  const std::string object = "attribute " + name;
  const Handle attribute = open_single(*this, name);
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  if (H5Tget_class(type.get()) != H5T_STRING) throw DataError(path_, object, "is not a text");
  if (H5Tis_variable_str(type.get()) > 0) {
    char* value = nullptr;
    check(H5Aread(attribute.get(), type.get(), &value), path_, object, "cannot be read");
    std::string text = value == nullptr ? "" : value;
    H5free_memory(value);
    return text;
  }
  std::string text(H5Tget_size(type.get()), '\0');
  check(H5Aread(attribute.get(), type.get(), text.data()), path_, object, "cannot be read");
  return text.c_str();
}

int64_t File::integer_attribute(const std::string& name) const {
  const Lock lock;
  const Handle attribute = open_single(*this, name);
  int64_t value = 0;
  check(H5Aread(attribute.get(), H5T_NATIVE_INT64, &value), path_, "attribute " + name, "is not an integer");
  return value;
}

std::string File::attribute_as_text(const std::string& name) const {
  const Lock lock;
  const Handle attribute = open_attribute(*this, name);
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  if (!holds_one(attribute)) return "(several values)";
  switch (H5Tget_class(type.get())) {
    case H5T_STRING:
      return text_attribute(name);
    case H5T_INTEGER:
      return std::to_string(integer_attribute(name));
    case H5T_FLOAT: {
      double value = 0;
      check(H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value), path_, "attribute " + name,
            "cannot be read");
      return fmt::format("{}", value);
    }
    default:
      return "(of another type)";
  }
}

bool is_hdf5(const std::filesystem::path& path) {
  constexpr unsigned char kSignature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  char head[8] = {};
  std::ifstream(path, std::ios::binary).read(head, sizeof head);
  return std::memcmp(head, kSignature, sizeof head) == 0;
}

#define MELOMINE_HDF5_INSTANCE(T)                              \
  template void Dataset::read<T>(hsize_t, std::span<T>) const; \
  template std::vector<T> Dataset::read_all<T>() const;        \
  template void Dataset::write_all<T>(std::span<const T>);     \
  template void Dataset::append<T>(std::span<const T>);        \
  template Dataset File::create_dataset<T>(const std::string&, const Layout&)
MELOMINE_HDF5_INSTANCE(int8_t);
MELOMINE_HDF5_INSTANCE(uint8_t);
MELOMINE_HDF5_INSTANCE(int16_t);
MELOMINE_HDF5_INSTANCE(int32_t);
MELOMINE_HDF5_INSTANCE(int64_t);
MELOMINE_HDF5_INSTANCE(float);
MELOMINE_HDF5_INSTANCE(double);
#undef MELOMINE_HDF5_INSTANCE

}  // namespace melomine::storage::hdf5

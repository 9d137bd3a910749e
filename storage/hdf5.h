#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace melomine::storage::hdf5 {

/// HDF5 is not thread-safe: whoever calls it holds this process-wide lock. The functions below take it
/// themselves (it is recursive); code that calls the C API itself takes it around those calls.
class Lock {
 public:
  Lock();

 private:
  std::lock_guard<std::recursive_mutex> guard_;
};

/// An HDF5 identifier, closed with its own function at the end.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
  Handle& operator=(Handle&& other) noexcept;
  ~Handle() { reset(); }
  void reset() noexcept;
  hid_t get() const { return id_; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// How the values of an array lie in the file.
struct Layout {
  std::vector<hsize_t> shape{};
  std::vector<hsize_t> chunk{};   ///< empty = contiguous
  bool checksum = false;          ///< Fletcher-32 on each chunk; needs `chunk`
  bool extendible = false;        ///< the first axis may grow; needs `chunk`
  int64_t cache_bytes = 1 << 20;  ///< of this array's chunk cache; 0 = none
};

/// Thrown messages name the file and the object in it. T: int8_t, uint8_t, int16_t, int32_t, int64_t, float,
/// double.
class Dataset {
 public:
  Dataset(Handle id, std::string file, std::string name);

  const std::vector<hsize_t>& shape() const { return shape_; }
  hsize_t size() const;  ///< number of values that the shape claims
  /// The same, where there can be so many: what a file says of itself decides over no memory.
  /// @throws DataError where the file is too small to hold them, however they are packed
  size_t held() const;
  bool is_numeric() const;
  /// Values [start, start + out.size()) of a one-dimensional array.
  template <class T>
  void read(hsize_t start, std::span<T> out) const;
  /// All values, row-major.
  template <class T>
  std::vector<T> read_all() const;
  /// All values, row-major.
  template <class T>
  void write_all(std::span<const T> values);
  /// Appends to a one-dimensional extendible array.
  template <class T>
  void append(std::span<const T> values);
  hid_t id() const { return id_.get(); }

 private:
  Handle id_;
  std::string file_, name_;
  std::vector<hsize_t> shape_;
};

/// A file whose bytes depend on what is written alone: no timestamps are stored.
class File {
 public:
  /// @throws DataError for a file that is missing, or not HDF5
  static File open(const std::filesystem::path& path);
  /// Overwrites. Compose with AtomicFile so that it appears whole or not at all.
  static File create(const std::filesystem::path& path);
  /// Writes what is pending, while the arrays are still open. @throws DataError when that fails (disk full);
  /// closing without it would keep silent
  void flush();

  bool has(const std::string& name) const;
  bool is_array(const std::string& name) const;  ///< a dataset, not a group
  /// Objects of a group, alphabetically. @throws DataError when there is none of this name
  std::vector<std::string> names(const std::string& group = "/") const;
  template <class T>
  Dataset create_dataset(const std::string& name, const Layout& layout);
  Dataset open_dataset(const std::string& name, int64_t cache_bytes = 1 << 20) const;

  bool has_attribute(const std::string& name) const;
  std::vector<std::string> attribute_names() const;
  void set_attribute(const std::string& name, const std::string& value);
  void set_attribute(const std::string& name, int64_t value);
  void set_attribute(const std::string& name, double value);
  std::string text_attribute(const std::string& name) const;
  int64_t integer_attribute(const std::string& name) const;
  /// A text, an integer or a real number as text; "(…)" for anything else.
  std::string attribute_as_text(const std::string& name) const;

  hid_t id() const { return id_.get(); }
  const std::string& path() const { return path_; }

 private:
  File(Handle id, std::string path) : id_(std::move(id)), path_(std::move(path)) {}
  Handle id_;
  std::string path_;
};

/// Whether the file begins with HDF5's signature.
bool is_hdf5(const std::filesystem::path& path);

/// The only place where a status becomes an exception. @param status  what an HDF5 call returned, < 0 =
/// failed
/// @throws DataError of file and object with HDF5's own innermost reason
int64_t check(int64_t status, const std::string& file, const std::string& object, const char* action);

}  // namespace melomine::storage::hdf5

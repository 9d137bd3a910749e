#include "storage/hdf5_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/error.h"

namespace melomine::storage::hdf5 {
namespace {

constexpr hsize_t kChunkRows = 4096;

using Integers = std::vector<int64_t>;
using Texts = std::vector<std::string>;
using Reals = std::vector<double>;

size_t rows_of(const Column& column) {
  return std::visit([](const auto& values) { return values.size(); }, column.values);
}

/// Bytes a value of the column takes in a row.
size_t width_of(const Column& column) {
  static_assert(sizeof(int64_t) == sizeof(double));
  if (!std::holds_alternative<Texts>(column.values)) return sizeof(int64_t);
  size_t width = 1;  // HDF5 has no text of width 0
  for (const std::string& text : std::get<Texts>(column.values)) width = std::max(width, text.size());
  return width;
}

Handle text_type(size_t width) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), width);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

Handle member_type(const Column& column) {
  if (std::holds_alternative<Integers>(column.values)) return {H5Tcopy(H5T_NATIVE_INT64), H5Tclose};
  if (std::holds_alternative<Reals>(column.values)) return {H5Tcopy(H5T_NATIVE_DOUBLE), H5Tclose};
  return text_type(width_of(column));
}

std::vector<char> pack_rows(const std::vector<Column>& columns, size_t rows, size_t row_bytes) {
  std::vector<char> packed(rows * row_bytes, '\0');
  size_t offset = 0;
  for (const Column& column : columns) {
    for (size_t r = 0; r < rows; ++r) {
      char* cell = packed.data() + r * row_bytes + offset;
      if (const auto* integers = std::get_if<Integers>(&column.values)) {
        std::memcpy(cell, &(*integers)[r], sizeof(int64_t));
      } else if (const auto* reals = std::get_if<Reals>(&column.values)) {
        std::memcpy(cell, &(*reals)[r], sizeof(double));
      } else {
        const std::string& text = std::get<Texts>(column.values)[r];
        std::memcpy(cell, text.data(), text.size());
      }
    }
    offset += width_of(column);
  }
  return packed;
}

/// The packed values of one column.
struct Cells {
  const char* first;
  size_t rows, row_bytes;

  template <class Number>
  std::vector<Number> numbers() const {
    std::vector<Number> values(rows);
    for (size_t r = 0; r < rows; ++r) std::memcpy(&values[r], first + r * row_bytes, sizeof(Number));
    return values;
  }
  Texts texts(size_t width) const {
    Texts values(rows);
    for (size_t r = 0; r < rows; ++r) {
      const char* cell = first + r * row_bytes;
      values[r].assign(cell, strnlen(cell, width));
    }
    return values;
  }
};

}  // namespace

void write_table(File& file, const std::string& name, const std::vector<Column>& columns) {
  const Lock lock;
  const size_t rows = columns.empty() ? 0 : rows_of(columns.front());
  size_t row_bytes = 0;
  for (const Column& column : columns) {
    row_bytes += width_of(column);
    if (rows_of(column) != rows)
      throw ShapeError(fmt::format("[hdf5] table {}: column {} has {} rows, not {}", name, column.name,
                                   rows_of(column), rows));
  }
  const std::string& path = file.path();
  const Handle type(H5Tcreate(H5T_COMPOUND, row_bytes), H5Tclose);
  size_t offset = 0;
  for (const Column& column : columns) {
    const Handle member = member_type(column);
    check(H5Tinsert(type.get(), column.name.c_str(), offset, member.get()), path, name, "cannot be typed");
    offset += width_of(column);
  }
  const hsize_t count = rows, chunk = std::clamp<hsize_t>(count, 1, kChunkRows);
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  check(H5Pset_chunk(creation.get(), 1, &chunk), path, name, "cannot be chunked");
  check(H5Pset_fletcher32(creation.get()), path, name, "cannot be checksummed");
  const hid_t id =
      H5Dcreate2(file.id(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT);
  const Handle set(check(id, path, name, "cannot be made"), H5Dclose);
  const std::vector<char> packed = pack_rows(columns, rows, row_bytes);
  if (rows > 0)
    check(H5Dwrite(set.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, packed.data()), path, name,
          "cannot be written");
}

Table Table::read(const File& file, const std::string& name) {
  const Lock lock;
  const std::string& path = file.path();
  const Dataset set = file.open_dataset(name);
  const Handle stored(H5Dget_type(set.id()), H5Tclose);
  if (H5Tget_class(stored.get()) != H5T_COMPOUND || set.shape().size() != 1)
    throw DataError(path, name, "is not a table");
  const Handle type(H5Tget_native_type(stored.get(), H5T_DIR_DEFAULT), H5Tclose);
  const size_t row_bytes = H5Tget_size(type.get());
  Table table;
  table.file_ = path;
  table.name_ = name;
  table.rows_ = set.held();
  std::vector<char> packed(table.rows_ * row_bytes);
  if (!packed.empty())
    check(H5Dread(set.id(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, packed.data()), path, name,
          "cannot be read");
  const int members = H5Tget_nmembers(type.get());
  for (unsigned m = 0; m < static_cast<unsigned>(std::max(members, 0)); ++m) {
    char* member_name = H5Tget_member_name(type.get(), m);
    Column column{member_name, {}};
    H5free_memory(member_name);
    const Handle member(H5Tget_member_type(type.get(), m), H5Tclose);
    const size_t width = H5Tget_size(member.get());
    const H5T_class_t kind = H5Tget_class(member.get());
    const Cells cells{packed.data() + H5Tget_member_offset(type.get(), m), table.rows_, row_bytes};
    if (kind == H5T_INTEGER && width == sizeof(int64_t)) {
      column.values = cells.numbers<int64_t>();
    } else if (kind == H5T_FLOAT && width == sizeof(double)) {
      column.values = cells.numbers<double>();
    } else if (kind == H5T_STRING && H5Tis_variable_str(member.get()) == 0) {
      column.values = cells.texts(width);
    } else {
      throw DataError(
          path, name,
          fmt::format("column {} is neither int64, float64 nor text of fixed width", column.name));
    }
    table.columns_.push_back(std::move(column));
  }
  return table;
}

bool Table::has(const std::string& column) const {
  return std::any_of(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name == column; });
}

const Column& Table::find(const std::string& column) const {
  for (const Column& c : columns_) {
    if (c.name == column) return c;
  }
  throw DataError(file_, name_, "lacks the column " + column);
}

const std::vector<int64_t>& Table::integers(const std::string& column) const {
  const auto* values = std::get_if<Integers>(&find(column).values);
  if (values == nullptr) throw DataError(file_, name_, "column " + column + " does not hold integers");
  return *values;
}

const std::vector<std::string>& Table::texts(const std::string& column) const {
  const auto* values = std::get_if<Texts>(&find(column).values);
  if (values == nullptr) throw DataError(file_, name_, "column " + column + " does not hold texts");
  return *values;
}

const std::vector<double>& Table::reals(const std::string& column) const {
  const auto* values = std::get_if<Reals>(&find(column).values);
  if (values == nullptr) throw DataError(file_, name_, "column " + column + " does not hold real numbers");
  return *values;
}

}  // namespace melomine::storage::hdf5

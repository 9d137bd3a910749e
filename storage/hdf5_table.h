#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "storage/hdf5.h"

namespace melomine::storage::hdf5 {

/// A named column of a compound table: integers, UTF-8 texts or real numbers. In the file a text has the
/// fixed width of the column's longest, padded with zeros, so that any row can be read without the others and
/// no heap is needed.
struct Column {
  std::string name;
  std::variant<std::vector<int64_t>, std::vector<std::string>, std::vector<double>> values;
};

/// Columns of equal length as one chunked, Fletcher-32 protected compound dataset. @throws DataError,
/// ShapeError
void write_table(File& file, const std::string& name, const std::vector<Column>& columns);

/// What `write_table` wrote. @throws DataError
class Table {
 public:
  static Table read(const File& file, const std::string& name);

  size_t size() const { return rows_; }
  const std::vector<Column>& columns() const { return columns_; }
  bool has(const std::string& column) const;
  /// @throws DataError when the table has no such column, or one of another type
  const std::vector<int64_t>& integers(const std::string& column) const;
  const std::vector<std::string>& texts(const std::string& column) const;
  const std::vector<double>& reals(const std::string& column) const;

 private:
  const Column& find(const std::string& column) const;
  std::string file_, name_;
  size_t rows_ = 0;
  std::vector<Column> columns_;
};

}  // namespace melomine::storage::hdf5

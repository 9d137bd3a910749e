#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace melomine::retrieval {

/// How far an approximate search looks; 0 = chosen from the index.
struct AnnReach {
  int64_t neighbours = 64;  ///< of each fingerprint
  int64_t probes = 0;       ///< inverted lists looked into, of an IVF index
};

/// Nearest fingerprints of many, approximately: an index of FAISS (Johnson et al. 2017) by its factory text,
/// "Flat", "IVF1024,SQ8", "IVF4096,PQ32", "HNSW32". Rows are of unit L2 norm, so that Euclidean and cosine
/// neighbours are the same; each has a number. Searching changes nothing, so several threads may search at
/// once.
class AnnIndex {
 public:
  /// A row that is near.
  struct Neighbour {
    int64_t number = -1;   ///< -1 where fewer were found than asked for
    float similarity = 0;  ///< cosine, as the index's codes know it
  };

  /// An empty one. @throws ConfigError for a text that FAISS cannot make an index of this dim of
  AnnIndex(int64_t dim, const std::string& factory);
  /// What `write` wrote, to be added to. @throws DataError
  static AnnIndex read(const std::filesystem::path& file);
  /// The same for searching alone: inverted lists stay in the file and are mapped.
  static AnnIndex map(const std::filesystem::path& file);
  ~AnnIndex();
  AnnIndex(AnnIndex&&) noexcept;
  AnnIndex& operator=(AnnIndex&&) noexcept;

  int64_t dim() const;
  int64_t size() const;
  /// Rows beyond which training gains little; 0 where the index needs none.
  int64_t most_training_rows() const;
  bool is_trained() const;
  /// Learns lists and codes; the same rows give the same index. @param rows  [count, dim]
  /// @throws DataError where they are too few for the lists
  void train(std::span<const float> rows);
  /// @param rows     [count, dim]
  /// @param numbers  [count] by which they are found
  void add(std::span<const float> rows, std::span<const int64_t> numbers);
  /// @throws DataError when the disk is full. Compose with AtomicFile.
  void write(const std::filesystem::path& file) const;

  /// @param queries  [count, dim]
  /// @returns [count, neighbours], best first
  std::vector<Neighbour> search(std::span<const float> queries, const AnnReach& reach) const;
  /// Inverted lists that are looked into by default; 0 for an index without.
  int64_t default_probes() const;
  /// Bytes a row takes by the factory's codes, ids included.
  double bytes_per_row() const;

 private:
  struct State;
  explicit AnnIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A factory text for so many rows: all of them while they are few, inverted lists with scalar codes, then
/// with product codes. @param rows  fingerprints in all
std::string factory_for(int64_t rows, int64_t dim);

}  // namespace melomine::retrieval

#include "retrieval/ann_index.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/impl/FaissException.h>
#include <faiss/index_factory.h>
#include <faiss/index_io.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace melomine::retrieval {
namespace {

/// Rows a list that training gains from; FAISS warns below 39 and takes a sample beyond 256.
constexpr int64_t kMostRowsPerList = 64;
/// Rows that learn 8-bit product codes well.
constexpr int64_t kRowsForCodes = 65536;
/// One of so many lists is looked into unless a reach says otherwise, but no fewer than kLeastProbes.
constexpr int64_t kListsPerProbe = 128, kLeastProbes = 8;
/// Below so many rows all are compared; below so many, scalar codes of a byte a number.
constexpr int64_t kMostFlat = 50'000, kMostScalar = 2'000'000;
constexpr int64_t kMostLists = 16384;

/// Without the map of numbers that an index without lists has around it.
const faiss::Index* inner(const faiss::Index* index) {
  const auto* map = dynamic_cast<const faiss::IndexIDMap*>(index);
  return map == nullptr ? index : map->index;
}

const faiss::IndexIVF* lists_of(const faiss::Index* index) {
  index = inner(index);
  if (const auto* transformed = dynamic_cast<const faiss::IndexPreTransform*>(index))
    index = transformed->index;
  return dynamic_cast<const faiss::IndexIVF*>(index);
}

/// FAISS says first where in its code something failed, then what.
std::string reason_of(const std::exception& e) {
  const std::string text = e.what();
  const size_t place = text.rfind(": ");
  return place == std::string::npos ? text : text.substr(place + 2);
}

}  // namespace

struct AnnIndex::State {
  std::unique_ptr<faiss::Index> index;
};

AnnIndex::AnnIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
AnnIndex::~AnnIndex() = default;
AnnIndex::AnnIndex(AnnIndex&&) noexcept = default;
AnnIndex& AnnIndex::operator=(AnnIndex&&) noexcept = default;

AnnIndex::AnnIndex(int64_t dim, const std::string& factory) : state_(std::make_unique<State>()) {
  try {
    state_->index.reset(faiss::index_factory(static_cast<int>(dim), factory.c_str(), faiss::METRIC_L2));
    if (lists_of(state_->index.get()) == nullptr) {
      auto map = std::make_unique<faiss::IndexIDMap>(state_->index.release());
      map->own_fields = true;
      state_->index = std::move(map);
    }
  } catch (const faiss::FaissException& e) {
    throw ConfigError(
        fmt::format("index '{}' is none that FAISS can make of {} numbers a fingerprint ({}); such are Flat, "
                    "IVF1024,SQ8, "
                    "IVF4096,PQ{} and HNSW32",
                    factory, dim, reason_of(e), std::max<int64_t>(1, dim / 4)));
  }
}

AnnIndex AnnIndex::read(const std::filesystem::path& file) {
  auto state = std::make_unique<State>();
  try {
    state->index.reset(faiss::read_index(file.c_str()));
  } catch (const std::exception& e) {
    throw DataError(file.string(), "", fmt::format("is no index that FAISS can read: {}", reason_of(e)));
  }
  return AnnIndex(std::move(state));
}

AnnIndex AnnIndex::map(const std::filesystem::path& file) {
  auto state = std::make_unique<State>();
  try {
    state->index.reset(faiss::read_index(file.c_str(), faiss::IO_FLAG_MMAP));
  } catch (const std::exception&) {  // of its kind nothing can be mapped
    return read(file);
  }
  return AnnIndex(std::move(state));
}

int64_t AnnIndex::dim() const {
  return state_->index->d;
}
int64_t AnnIndex::size() const {
  return state_->index->ntotal;
}
bool AnnIndex::is_trained() const {
  return state_->index->is_trained;
}

int64_t AnnIndex::most_training_rows() const {
  if (is_trained()) return 0;
  const faiss::IndexIVF* ivf = lists_of(state_->index.get());
  const int64_t for_lists = ivf == nullptr ? 0 : kMostRowsPerList * static_cast<int64_t>(ivf->nlist);
  return std::max(for_lists, kRowsForCodes);
}

void AnnIndex::train(std::span<const float> rows) {
  const auto count = static_cast<int64_t>(rows.size()) / dim();
  try {
    state_->index->train(count, rows.data());
  } catch (const faiss::FaissException& e) {
    throw DataError(fmt::format(
        "an index cannot be learned from {} fingerprints ({}); a smaller one needs fewer: --index Flat",
        count, reason_of(e)));
  }
}

void AnnIndex::add(std::span<const float> rows, std::span<const int64_t> numbers) {
  const auto count = static_cast<int64_t>(numbers.size());
  try {
    state_->index->add_with_ids(count, rows.data(), numbers.data());
  } catch (const faiss::FaissException& e) {
    throw DataError(fmt::format("{} fingerprints cannot be added to an index ({})", count, reason_of(e)));
  }
}

void AnnIndex::write(const std::filesystem::path& file) const {
  try {
    faiss::write_index(state_->index.get(), file.c_str());
  } catch (const faiss::FaissException& e) {
    throw DataError(file.string(), "", fmt::format("cannot be written: {}", reason_of(e)));
  }
}

int64_t AnnIndex::default_probes() const {
  const faiss::IndexIVF* ivf = lists_of(state_->index.get());
  if (ivf == nullptr) return 0;
  const auto lists = static_cast<int64_t>(ivf->nlist);
  return std::min(lists, std::max(kLeastProbes, lists / kListsPerProbe));
}

double AnnIndex::bytes_per_row() const {
  const faiss::Index* index = inner(state_->index.get());
  if (const auto* hnsw = dynamic_cast<const faiss::IndexHNSW*>(index))
    return 4.0 * static_cast<double>(dim()) + 8.0 * hnsw->hnsw.nb_neighbors(1) + 8;
  const faiss::IndexIVF* ivf = lists_of(index);
  if (ivf != nullptr) return static_cast<double>(ivf->code_size) + 8;
  return static_cast<double>(index->sa_code_size()) + 8;
}

std::vector<AnnIndex::Neighbour> AnnIndex::search(std::span<const float> queries,
                                                  const AnnReach& reach) const {
  const auto count = static_cast<int64_t>(queries.size()) / dim();
  const auto cells = static_cast<size_t>(count * reach.neighbours);
  std::vector<float> distances(cells);
  std::vector<faiss::Index::idx_t> rows(cells);
  faiss::SearchParametersIVF of_lists;
  const bool has_lists = lists_of(state_->index.get()) == state_->index.get();
  of_lists.nprobe = static_cast<size_t>(reach.probes > 0 ? reach.probes : default_probes());
  state_->index->search(count, queries.data(), reach.neighbours, distances.data(), rows.data(),
                        has_lists ? &of_lists : nullptr);
  std::vector<Neighbour> found(cells);
  for (size_t i = 0; i < cells; ++i)
    found[i] = {.number = rows[i], .similarity = 1 - distances[i] / 2};  // |a - b|² = 2 - 2 <a, b>
  return found;
}

std::string factory_for(int64_t rows, int64_t dim) {
  if (rows <= kMostFlat) return "Flat";
  const auto wanted = static_cast<uint64_t>(4 * std::sqrt(static_cast<double>(rows)));
  const int64_t lists = std::min(kMostLists, static_cast<int64_t>(std::bit_floor(wanted)));
  if (rows <= kMostScalar || dim % 4 != 0) return fmt::format("IVF{},SQ8", lists);
  return fmt::format("IVF{},PQ{}", std::min<int64_t>(lists, 4096), dim / 4);
}

}  // namespace melomine::retrieval

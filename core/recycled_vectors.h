#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace melomine {

/// Vectors that are used again, by several threads. Tens of MB that are freed go back to the kernel, which
/// hands them out page by page and cleared: for a batch of windows that takes longer than reading them.
template <class T>
class RecycledVectors {
 public:
  /// A vector of at least so many values, which are whatever they were. It comes back when nobody holds it
  /// any more, be it after this object.
  std::shared_ptr<std::vector<T>> take(size_t size) const {
    std::vector<T> vector;
    {
      const std::lock_guard lock(shelf_->mutex);
      if (!shelf_->free.empty()) {
        vector = std::move(shelf_->free.back());
        shelf_->free.pop_back();
      }
    }
    if (vector.size() < size) vector.resize(size);
    return {new std::vector<T>(std::move(vector)), [shelf = shelf_](std::vector<T>* used) {
              const std::unique_ptr<std::vector<T>> owner(used);
              const std::lock_guard lock(shelf->mutex);
              shelf->free.push_back(std::move(*used));
            }};
  }

 private:
  struct Shelf {
    std::mutex mutex;
    std::vector<std::vector<T>> free;
  };
  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

}  // namespace melomine

#include "service/hum_store.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>

#include "core/error.h"

namespace melomine::service {
namespace {

std::string random_name() {
  uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    throw Error("the system gives no random numbers");
  return fmt::format("{:016x}", number);
}

}  // namespace

std::string HumStore::add(SearchedHum hum) {
  std::string name = random_name();
  const std::lock_guard lock(mutex_);
  bytes_ += hum.bytes.size();
  hums_.push_back({name, std::make_shared<const SearchedHum>(std::move(hum))});
  while (hums_.size() > 1 && (hums_.size() > most_hums_ || bytes_ > most_bytes_)) {
    bytes_ -= hums_.front().hum->bytes.size();
    hums_.pop_front();
  }
  return name;
}

std::shared_ptr<const SearchedHum> HumStore::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(hums_.begin(), hums_.end(), [&](const NamedHum& hum) { return hum.name == name; });
  return found == hums_.end() ? nullptr : found->hum;
}

}  // namespace melomine::service

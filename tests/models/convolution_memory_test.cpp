#include <c10/core/Allocator.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "models/layers.h"

namespace melomine::models {
namespace {

constexpr size_t kTail = 65536, kAlignment = 64;
constexpr unsigned char kUntouched = 0xab;
std::atomic<int64_t> overwritten{0};  // blocks

/// Blocks with bytes behind them that are looked at when the block is given back. Their size stands before.
class WatchedMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) const override {
    const size_t all = (kAlignment + size + kTail + kAlignment - 1) / kAlignment * kAlignment;
    auto* const start = static_cast<unsigned char*>(std::aligned_alloc(kAlignment, all));
    if (start == nullptr) throw std::bad_alloc();
    std::memcpy(start, &size, sizeof(size));
    unsigned char* const block = start + kAlignment;
    std::memset(block + size, kUntouched, kTail);
    return {block, block, &give_back, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

 private:
  static void give_back(void* pointer) {
    if (pointer == nullptr) return;
    auto* const block = static_cast<unsigned char*>(pointer);
    size_t size = 0;
    std::memcpy(&size, block - kAlignment, sizeof(size));
    const unsigned char* const tail = block + size;
    if (std::any_of(tail, tail + kTail, [](unsigned char byte) { return byte != kUntouched; })) ++overwritten;
    std::free(block - kAlignment);
  }
};

/// All of libtorch's memory is watched while this lives.
class Watch {
 public:
  Watch() : before_(c10::GetAllocator(c10::kCPU)) { c10::SetAllocator(c10::kCPU, memory(), kFirst); }
  ~Watch() { c10::SetAllocator(c10::kCPU, before_, kFirst); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  static constexpr uint8_t kFirst = 255;
  static WatchedMemory* memory() {
    static WatchedMemory memory;
    return &memory;
  }
  c10::Allocator* before_;
};

TEST(ConvolutionMemory, NothingIsWrittenBehindAnyTensor) {
  const Watch watch;
  for (const int64_t in : {1, 2, 4, 8, 12, 16, 24})
    for (const int64_t out : {4, 8, 16, 32})
      for (const int64_t kernel : {1, 3, 7})
        for (const int64_t stride : {1, 2}) {
          overwritten = 0;
          {
            Convolution convolution({in, out, kernel, stride}, RandomStream({1}));
            auto x = channels_last(torch::randn({2, in, 90, 28})).requires_grad_();
            convolution.forward(x).sum().backward();
          }
          EXPECT_EQ(overwritten, 0) << in << " to " << out << " channels, kernel " << kernel << ", stride "
                                    << stride;
        }
}

TEST(ConvolutionMemory, WhatIsWrittenBehindATensorIsSeen) {
  const Watch watch;
  overwritten = 0;
  {
    const auto x = torch::zeros({10});
    x.data_ptr<float>()[10] = 1;
  }
  EXPECT_EQ(overwritten, 1);
}

}  // namespace
}  // namespace melomine::models

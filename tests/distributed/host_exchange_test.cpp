#include "distributed/host_exchange.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <latch>
#include <thread>

#include "core/error.h"
#include "core/random.h"

namespace melomine::distributed {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Exchange = std::unique_ptr<HostExchange>;

/// Each rank a thread. @returns what each threw
std::vector<std::string> exchange_among(int size, const std::function<void(int rank, Exchange&)>& work,
                                        double timeout_s = 60) {
  std::vector<std::string> errors(static_cast<size_t>(size));
  std::vector<Exchange> exchanges;
  exchanges.push_back(HostExchange::create(size, timeout_s));
  for (int rank = 1; rank < size; ++rank)
    exchanges.push_back(HostExchange::open(exchanges[0]->address(), rank, size, timeout_s));
  std::vector<std::thread> threads;
  threads.reserve(errors.size());
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      auto& own = exchanges[static_cast<size_t>(rank)];
      try {
        ASSERT_NE(own, nullptr);
        work(rank, own);
      } catch (const std::exception& e) {
        errors[static_cast<size_t>(rank)] = e.what();
      }
    });
  for (auto& thread : threads) thread.join();
  return errors;
}

/// Of sizes that make the order of adding tell.
template <class T>
std::vector<T> values_of(int rank, size_t count) {
  RandomStream random({7, static_cast<uint64_t>(rank), count});
  std::vector<T> values(count);
  for (T& value : values)
    value = static_cast<T>(random.uniform(-1, 1) * static_cast<double>(1LL << random.integer(30)));
  return values;
}

template <class T>
void sums_are_those_in_order(int size, size_t count) {
  std::vector<std::vector<T>> all;
  all.reserve(static_cast<size_t>(size));
  for (int rank = 0; rank < size; ++rank) all.push_back(values_of<T>(rank, count));
  std::vector<T> expected = all[0];
  for (size_t rank = 1; rank < all.size(); ++rank)
    for (size_t i = 0; i < count; ++i) expected[i] += all[rank][i];
  const auto errors = exchange_among(size, [&](int rank, Exchange& exchange) {
    auto& values = all[static_cast<size_t>(rank)];
    exchange->sum(std::span<T>(values));
    EXPECT_EQ(values, expected) << count << " values, rank " << rank << " of " << size;
  });
  EXPECT_THAT(errors, Each(IsEmpty()));
}

TEST(HostExchange, SumsInTheOrderOfRanks) {
  // About what is added up at once, by one rank for all, and in several pieces.
  for (const size_t bytes : {8, 1 << 15, (1 << 15) + 8, 1 << 20, (1 << 20) + 8, 2'800'000})
    for (const int size : {2, 3, 5}) {
      sums_are_those_in_order<float>(size, bytes / sizeof(float));
      sums_are_those_in_order<double>(size, bytes / sizeof(double));
    }
}

TEST(HostExchange, GathersWhatEachRankHas) {
  const std::vector<size_t> bytes = {7, 0, (3 << 20) + 11, 1 << 20};
  const auto errors = exchange_among(4, [&](int rank, Exchange& exchange) {
    const auto of = [&](int r) {
      return std::vector<std::byte>(bytes[static_cast<size_t>(r)], std::byte(r + 1));
    };
    std::vector<std::byte> all((4 << 20) + 18), expected;
    for (int r = 0; r < 4; ++r) {
      const auto theirs = of(r);
      expected.insert(expected.end(), theirs.begin(), theirs.end());
    }
    exchange->gather(of(rank).data(), bytes, all.data());
    EXPECT_EQ(all, expected);
  });
  EXPECT_THAT(errors, Each(IsEmpty()));
}

TEST(HostExchange, NobodyOvertakesWhoeverStillReads) {
  const auto errors = exchange_among(3, [&](int rank, Exchange& exchange) {
    RandomStream size_of({5});  // of all ranks alike
    for (int turn = 0; turn < 500; ++turn) {
      std::vector<double> values(static_cast<size_t>(1 + size_of.integer(turn % 50 == 0 ? 200'000 : 300)),
                                 turn + rank);
      if ((turn + rank) % 97 == 0) std::this_thread::yield();
      exchange->sum(std::span(values));
      ASSERT_THAT(values, Each(3.0 * turn + 3)) << turn;
      int all[3];
      exchange->gather(reinterpret_cast<const std::byte*>(&turn), {sizeof(int), sizeof(int), sizeof(int)},
                       reinterpret_cast<std::byte*>(all));
      ASSERT_THAT(all, Each(turn));
    }
  });
  EXPECT_THAT(errors, Each(IsEmpty()));
}

TEST(HostExchange, ARankThatHasLeftEndsTheOthers) {
  const auto start = std::chrono::steady_clock::now();
  const auto errors = exchange_among(3, [](int rank, Exchange& exchange) {
    std::array<float, 3> values{};
    exchange->sum(std::span<float>(values));
    if (rank == 1) return exchange.reset();
    exchange->sum(std::span<float>(values));
  });
  EXPECT_THAT(errors[0], HasSubstr("rank 1 has ended"));
  EXPECT_THAT(errors[2], HasSubstr("rank 1 has ended"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(HostExchange, ARankThatHangsIsNamedAfterTheTimeOut) {
  std::latch over(2);
  const auto errors = exchange_among(
      2,
      [&](int rank, Exchange& exchange) {
        std::array<float, 3> values{};
        if (rank == 1) return over.arrive_and_wait();
        try {
          exchange->sum(std::span<float>(values));
        } catch (...) {
          over.count_down();
          throw;
        }
      },
      0.3);
  EXPECT_THAT(errors[0], HasSubstr("rank 1 did not come within 0.3 s"));
}

// As of a rank that the kernel killed and whose starter has not asked for its status yet.
TEST(HostExchange, AKilledProcessIsSeenBeforeAnybodyWaitedForIt) {
  const auto exchange = HostExchange::create(2, 60);
  ASSERT_NE(exchange, nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto theirs = HostExchange::open(exchange->address(), 1, 2, 60);
    std::array<double, 2> values = {1, 2};
    if (theirs) theirs->sum(std::span<double>(values));
    for (;;) ::pause();
  }
  std::array<double, 2> values = {10, 20};
  exchange->sum(std::span<double>(values));
  EXPECT_EQ(values, (std::array<double, 2>{11, 22}));
  ::kill(child, SIGKILL);
  try {
    exchange->sum(std::span<double>(values));
    ADD_FAILURE() << "a rank that was killed took part";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("rank 1 has ended"));
  }
  ::waitpid(child, nullptr, 0);
}

TEST(HostExchange, AnAddressOfAnotherMachineOpensNothing) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const auto exchange = HostExchange::create(2, 60);
  ASSERT_NE(exchange, nullptr);
  const std::string name = exchange->address().substr(exchange->address().rfind(' ') + 1);
  const auto at = [&](int file, const std::string& called) {
    return fmt::format("{} {} {}", ::getpid(), file, called);
  };
  for (const auto& address :
       {std::string("none"), std::string(), std::string("12"), std::string("12 "), std::string("12 3"),
        std::string("12 3 "), at(pipe[0], name), at(0, "melomine-ranks-0"), at(1'000'000, name),
        fmt::format("{} 3 {}", 99'999'999, name), exchange->address() + "0"})
    EXPECT_EQ(HostExchange::open(address, 1, 2, 1), nullptr) << address;
  // Nor is a place taken twice.
  const auto first = HostExchange::open(exchange->address(), 1, 2, 1);
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(HostExchange::open(exchange->address(), 1, 2, 1), nullptr);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace melomine::distributed

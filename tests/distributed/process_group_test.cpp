#include "distributed/process_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <torch/torch.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "distributed/meeting_file.h"
#include "tests/support/rank_threads.h"

namespace melomine::distributed {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;
using Group = std::shared_ptr<ProcessGroup>;

TEST(BlockOf, DealsAllRowsInOrder) {
  for (const int64_t rows : {1, 7, 8, 96})
    for (const int size : {1, 2, 3, 5}) {
      int64_t next = 0;
      for (int rank = 0; rank < size; ++rank) {
        const RowBlock block = block_of(rows, rank, size);
        EXPECT_EQ(block.first, next);
        EXPECT_LE(std::abs(block.size() - rows / size), 1);
        next = block.end;
      }
      EXPECT_EQ(next, rows);
    }
}

void sums_and_gathers_in_order(const Group& group) {
  at::Tensor values = torch::full({5}, 1.0 + group->rank());
  group->sum(values);
  EXPECT_TRUE(torch::equal(values, torch::full({5}, 6.0)));
  at::Tensor counts = torch::full({3}, 1 + group->rank(), torch::kInt64);
  group->sum(counts);
  EXPECT_TRUE(torch::equal(counts, torch::full({3}, 6, torch::kInt64)));
  // Rank 1 has a row less than the others.
  const std::vector<int64_t> rows = {2, 1, 2};
  const auto own = torch::full({rows[static_cast<size_t>(group->rank())], 4}, double(group->rank()));
  const auto all = group->gather(own, rows);
  EXPECT_TRUE(torch::equal(all.select(1, 0), torch::tensor({0.0f, 0.0f, 1.0f, 2.0f, 2.0f})));
  EXPECT_EQ(group->of_first(group->rank() + 0.125), 0.125);
  // Single precision loses a 1 that meets 10^8 first: each order of adding has results of its own.
  const std::vector<std::vector<float>> of_rank = {{1e8f, 1e8f, 1}, {1, -1e8f, 1e8f}, {-1e8f, 1, -1e8f}};
  for (const int64_t count : {1, 50'000}) {
    at::Tensor large = torch::tensor(of_rank[static_cast<size_t>(group->rank())]).repeat({count});
    group->sum(large);
    EXPECT_TRUE(torch::equal(large, torch::tensor({0.0f, 1.0f, 0.0f}).repeat({count}))) << count;
  }
}

TEST(ProcessGroup, SumsAndGathersInTheOrderOfRanks) {
  EXPECT_THAT(testing::as_ranks(3, sums_and_gathers_in_order), Each(IsEmpty()));
}

TEST(ProcessGroup, SumsAndGathersInTheSameOrderBySockets) {
  EXPECT_THAT(testing::as_ranks(3, sums_and_gathers_in_order, 60, /*share_memory=*/false), Each(IsEmpty()));
}

TEST(ProcessGroup, OthersWaitWhileTheFirstWorksAlone) {
  std::atomic<int> worked{0};
  const auto errors = testing::as_ranks(
      2,
      [&](const Group& group) {
        for (int turn = 1; turn <= 2; ++turn) {
          group->first_alone([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // longer than the time-out
            ++worked;
          });
          EXPECT_EQ(worked, turn);
          EXPECT_EQ(group->of_first(turn), turn);
        }
      },
      1.2);
  EXPECT_THAT(errors, Each(IsEmpty()));
}

TEST(ProcessGroup, AnErrorOfOneRankIsToldByAll) {
  const auto errors = testing::as_ranks(3, [](const Group& group) {
    if (group->rank() == 1) throw DataError("hums.csv", "line 7", "is odd");
    at::Tensor values = torch::zeros({1});
    group->sum(values);
  });
  EXPECT_THAT(errors[0], AllOf(HasSubstr("rank 1 stopped"), HasSubstr("line 7")));
  EXPECT_THAT(errors[2], AllOf(HasSubstr("rank 1 stopped"), HasSubstr("line 7")));
}

TEST(ProcessGroup, WhatTheFirstThrowsEndsThoseThatWait) {
  const auto errors = testing::as_ranks(2, [](const Group& group) {
    group->first_alone([] { throw ConfigError("the run is of another experiment"); });
  });
  EXPECT_THAT(errors, Each(HasSubstr("another experiment")));
}

TEST(ProcessGroup, ARankThatHangsIsNamedWithinTheTimeOut) {
  const auto start = std::chrono::steady_clock::now();
  std::atomic<int> over{0};
  const auto errors = testing::as_ranks(
      3,
      [&](const Group& group) {
        at::Tensor values = torch::zeros({1});
        group->sum(values);
        if (group->rank() == 2) {
          while (over < 2) std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return;
        }
        try {
          group->sum(values);
        } catch (...) {
          ++over;
          throw;
        }
      },
      2);
  EXPECT_THAT(errors[0], HasSubstr("rank 2 of 3 ended or hung"));
  EXPECT_THAT(errors[1], HasSubstr("rank 2 of 3 ended or hung"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(ProcessGroup, WhenTheFirstIsAskedToStopAloneOthersEndAsItDoes) {
  std::vector<std::string> cancelled(2);
  testing::as_ranks(2, [&](const Group& group) {
    try {
      group->first_alone([] {
        request_stop(StopRequest::kPreempted);
        throw_if_cancelled();
      });
    } catch (const Cancelled& e) {
      EXPECT_EQ(stop_request(), StopRequest::kPreempted);
      cancelled[static_cast<size_t>(group->rank())] = e.what();
    }
  });
  set_cancellation_requested(false);
  EXPECT_THAT(cancelled[0], HasSubstr("preempted; run the same command again"));
  EXPECT_THAT(cancelled[1], HasSubstr("rank 1 ends because rank 0 stopped: preempted"));
}

// What a start leaves that was killed: all came, and connected, and never said good-bye.
TEST(ProcessGroup, MeetsByAFileThatAKilledStartLeft) {
  const testing::TempFolder folder;
  RankPlace place;
  place.size = 2;
  place.file = (folder.path() / "store").string();
  const auto one_start = [&](const std::function<void(const Group&)>& work) {
    std::vector<std::string> errors(2);
    std::vector<std::thread> threads;
    for (int rank = 0; rank < 2; ++rank)
      threads.emplace_back([&, rank] {
        RankPlace own = place;
        own.rank = own.local_rank = rank;
        try {
          work(join(own, folder.path(), 20));
        } catch (const std::exception& e) {
          errors[static_cast<size_t>(rank)] = e.what();
        }
      });
    for (auto& thread : threads) thread.join();
    return errors;
  };
  const fs::path kept = folder.path() / "kept";
  EXPECT_THAT(one_start([&](const Group& group) {
                at::Tensor values = torch::ones({1});
                group->sum(values);
                if (group->is_first()) fs::copy_file(place.file, kept);
                group->sum(values);
              }),
              Each(IsEmpty()));
  fs::rename(kept, place.file);
  EXPECT_THAT(one_start([](const Group& group) { EXPECT_EQ(group->of_first(4), 4); }), Each(IsEmpty()));
}

TEST(MeetingFile, OfTheSameJobAndOldOnesAreRemoved) {
  const testing::TempFolder folder;
  const auto made = [&](const std::string& start, std::chrono::hours ago = std::chrono::hours(0)) {
    const fs::path file = meeting_file(folder.path(), start);
    write_file_atomically(file, "met");
    fs::last_write_time(file, fs::file_time_type::clock::now() - ago);
    return file;
  };
  const fs::path own = made("81-0-2"), earlier = made("81-0"), before = made("81-0-1"), other = made("812-0"),
                 fresh = made("90-0", std::chrono::hours(1)), old = made("7-0", std::chrono::hours(25));
  write_file_atomically(folder.path() / "run.log", "");
  fs::last_write_time(folder.path() / "run.log", fs::file_time_type::clock::now() - std::chrono::hours(99));
  remove_left_meeting_files(folder.path(), "81-0-2", "81");
  for (const fs::path& stays : {own, other, fresh, folder.path() / "run.log"})
    EXPECT_TRUE(fs::exists(stays)) << stays;
  for (const fs::path& goes : {earlier, before, old}) EXPECT_FALSE(fs::exists(goes)) << goes;
  remove_left_meeting_files(folder.path() / "absent", "81-0-2", "");
}

TEST(ProcessGroup, RanksThatDoNotComeAreNamed) {
  const testing::TempFolder folder;
  RankPlace place;
  place.size = 3;
  place.file = (folder.path() / "store").string();
  try {
    join(place, folder.path(), 1);
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("ranks 1, 2 of 3 did not come within 1 s"));
  }
}

/// Somebody who takes a port and says nothing, as a program that speaks another language.
class Silence {
 public:
  /// @param port  0: any that is free
  explicit Silence(int port = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    is_there_ =
        ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(socket_, 8) == 0;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Silence() { ::close(socket_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  int port() const { return port_; }
  bool is_there() const { return is_there_; }

 private:
  int socket_, port_ = 0;
  bool is_there_ = false;
};

/// Two ranks meet at a port. @param more  variables beside it @returns what each threw
std::vector<std::string> meet_at(int port, const std::map<std::string, std::string>& more = {}) {
  std::vector<std::string> errors(2);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < 2; ++rank)
    threads.emplace_back([&, rank] {
      try {
        const std::string number = std::to_string(rank);
        std::map<std::string, std::string> variables = {{"RANK", number},
                                                        {"WORLD_SIZE", "2"},
                                                        {"LOCAL_RANK", number},
                                                        {"MASTER_ADDR", "127.0.0.1"},
                                                        {"MASTER_PORT", std::to_string(port)}};
        variables.insert(more.begin(), more.end());
        const auto variable = [&](const char* name) {
          const auto found = variables.find(name);
          return found == variables.end() ? nullptr : found->second.c_str();
        };
        const auto group = join(rank_place(variable), "", 30);
        EXPECT_EQ(group->of_first(3), 3);
        group->first_alone([] {});
      } catch (const std::exception& e) {
        errors[static_cast<size_t>(rank)] = e.what();
      }
    });
  for (auto& thread : threads) thread.join();
  return errors;
}

TEST(ProcessGroup, MeetsByTcpAndTheFirstStaysUntilAllHaveRead) {
  const int port = Silence().port();  // free again
  EXPECT_THAT(meet_at(port), Each(IsEmpty()));
}

// A store of torchrun's PyTorch 2 does not answer one of libtorch 1.13.
TEST(ProcessGroup, MeetsBesideTheStoreThatTorchrunHolds) {
  std::vector<std::unique_ptr<Silence>> taken;
  do {
    taken.push_back(std::make_unique<Silence>());
    ASSERT_TRUE(taken.back()->is_there());
  } while (!Silence(taken.back()->port() + 1).is_there());
  EXPECT_THAT(meet_at(taken.back()->port(), {{"TORCHELASTIC_USE_AGENT_STORE", "True"}}), Each(IsEmpty()));
}

}  // namespace
}  // namespace melomine::distributed

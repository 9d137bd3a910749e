#include "distributed/launch_environment.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "core/error.h"

namespace melomine::distributed {
namespace {

/// How a starter says where a process stands.
struct Starter {
  const char* name;
  const char* needed;  ///< without it the starter is not at work; null: its rank or its size is enough
  const char *rank, *size, *local_rank;
  const char* older_size;          ///< that says the size where the other does not; may be null
  std::array<const char*, 3> job;  ///< together they name a start
};

// A batch script of SLURM has SLURM_PROCID and SLURM_NTASKS as well; only a step, which srun starts, has a
// number.
constexpr std::array<Starter, 4> kStarters = {
    Starter{"torchrun's variables",
            nullptr,
            "RANK",
            "WORLD_SIZE",
            "LOCAL_RANK",
            nullptr,
            {"TORCHELASTIC_RUN_ID"}},
    Starter{"OpenMPI",
            nullptr,
            "OMPI_COMM_WORLD_RANK",
            "OMPI_COMM_WORLD_SIZE",
            "OMPI_COMM_WORLD_LOCAL_RANK",
            nullptr,
            {"PMIX_NAMESPACE"}},
    // srun sets PMI_RANK and PMI_SIZE as well (--mpi=pmi2), and no rank on the machine beside them.
    Starter{"MPICH", "MPI_LOCALRANKID", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", nullptr, {}},
    Starter{"SLURM",
            "SLURM_STEP_ID",
            "SLURM_PROCID",
            "SLURM_STEP_NUM_TASKS",
            "SLURM_LOCALID",
            "SLURM_NTASKS",
            {"SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_RESTART_COUNT"}}};

std::optional<std::string> text_of(const Environment& environment, const char* name) {
  const char* value = environment(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

int number_of(const char* name, const std::string& text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    throw ConfigError(fmt::format("{}={}: must be a whole number from {} to {}", name, text, least, most));
  return value;
}

std::string required(const Environment& environment, const char* name, const char* beside) {
  if (auto value = text_of(environment, name)) return *value;
  throw ConfigError(fmt::format(
      "{} is set and {} is not: of several processes each needs both, and one alone neither (unset {})",
      beside, name, beside));
}

bool is_at_work(const Environment& environment, const Starter& starter) {
  if (starter.needed != nullptr)
    return text_of(environment, starter.needed) && text_of(environment, starter.rank);
  return text_of(environment, starter.rank) || text_of(environment, starter.size);
}

void read_meeting_point(const Environment& environment, const Starter& starter, RankPlace& place) {
  const auto address = text_of(environment, "MASTER_ADDR"), port = text_of(environment, "MASTER_PORT");
  if (auto file = text_of(environment, kRendezvousVariable)) {
    place.file = *file;
    return;
  }
  if (address || port) {
    place.address = required(environment, "MASTER_ADDR", "MASTER_PORT");
    place.beside_torchrun = text_of(environment, "TORCHELASTIC_USE_AGENT_STORE") == "True";
    const int next = place.beside_torchrun ? 1 : 0;
    place.port =
        next + number_of("MASTER_PORT", required(environment, "MASTER_PORT", "MASTER_ADDR"), 1, 65535 - next);
    return;
  }
  for (const char* name : starter.job)
    if (name != nullptr)
      if (const auto part = text_of(environment, name)) {
        if (place.start.empty()) place.job = *part;
        place.start += (place.start.empty() ? "" : "-") + *part;
      }
  if (place.start.empty())
    throw ConfigError(fmt::format(
        "rank {} of {} does not know where the others are: set MASTER_ADDR and MASTER_PORT, or {} to a file "
        "in a folder that all of them see",
        place.rank, place.size, kRendezvousVariable));
}

}  // namespace

RankPlace rank_place(const Environment& environment) {
  for (const Starter& starter : kStarters) {
    if (!is_at_work(environment, starter)) continue;
    RankPlace place;
    place.starter = starter.name;
    constexpr int kMost = 1 << 20;
    const bool is_older = starter.older_size != nullptr && !text_of(environment, starter.size);
    const char* size = is_older ? starter.older_size : starter.size;
    place.size = number_of(size, required(environment, size, starter.rank), 1, kMost);
    place.rank =
        number_of(starter.rank, required(environment, starter.rank, starter.size), 0, place.size - 1);
    place.local_rank =
        number_of(starter.local_rank, required(environment, starter.local_rank, starter.rank), 0, place.rank);
    if (const auto sharing = text_of(environment, kSharedMemoryVariable))
      place.share_memory = number_of(kSharedMemoryVariable, *sharing, 0, 1) == 1;
    if (!place.alone()) read_meeting_point(environment, starter, place);
    return place;
  }
  return {};
}

}  // namespace melomine::distributed

#pragma once

#include <functional>
#include <string>

namespace melomine::distributed {

/// Names the file by which ranks find each other, where no MASTER_ADDR and MASTER_PORT do.
inline constexpr const char* kRendezvousVariable = "MELOMINE_RENDEZVOUS";

/// Set to 0 it keeps ranks of one machine to sockets, as those of several.
inline constexpr const char* kSharedMemoryVariable = "MELOMINE_SHARED_MEMORY";

/// Where this process stands among those that were started together.
struct RankPlace {
  int rank = 0;
  int size = 1;         ///< ranks in all; 1: alone
  int local_rank = 0;   ///< among the ranks of this machine
  std::string starter;  ///< "torchrun's variables", "OpenMPI", "MPICH", "SLURM"; empty: alone
  std::string address;  ///< of rank 0; empty: they meet by a file
  int port = 0;         ///< at which rank 0 is met
  /// torchrun has a store of its own at MASTER_PORT, which speaks the language of its PyTorch and not this
  /// libtorch's: `port` is the next one.
  bool beside_torchrun = false;
  bool share_memory = true;  ///< where all ranks are on one machine
  std::string file;          ///< that they meet by, where one is named
  std::string start;         ///< names it, so that a later one of the same run meets elsewhere
  std::string job;           ///< begins `start`: what all starts of a job have in common

  bool alone() const { return size == 1; }
};

/// A variable's value, null where there is none: std::getenv.
using Environment = std::function<const char*(const char* name)>;

/// Reads, in this order: RANK, WORLD_SIZE, LOCAL_RANK (torchrun, `melomine launch`); those of OpenMPI
/// (mpirun); of MPICH and its kin (Hydra's mpiexec); the variables of a step of SLURM (srun); else the
/// process is alone. What an mpirun starts by srun has SLURM's variables, too: those of the daemon that
/// mpirun has on the node. Where MASTER_ADDR and MASTER_PORT are set ranks meet there, else by a file.
/// @throws ConfigError for half an environment and values that make no sense, naming the variable
RankPlace rank_place(const Environment& environment);

}  // namespace melomine::distributed

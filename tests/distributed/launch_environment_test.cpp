#include "distributed/launch_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/error.h"

namespace melomine::distributed {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

RankPlace place_in(const std::map<std::string, std::string>& variables) {
  return rank_place([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string error_in(const std::map<std::string, std::string>& variables) {
  try {
    place_in(variables);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no error";
}

TEST(LaunchEnvironment, NothingSetIsAlone) {
  EXPECT_TRUE(place_in({}).alone());
  EXPECT_TRUE(place_in({{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"LOCAL_RANK", "0"}}).alone());
}

TEST(LaunchEnvironment, ReadsWhatTorchrunSets) {
  const RankPlace place = place_in({{"RANK", "5"},
                                    {"WORLD_SIZE", "8"},
                                    {"LOCAL_RANK", "1"},
                                    {"MASTER_ADDR", "node7"},
                                    {"MASTER_PORT", "29500"}});
  EXPECT_EQ(place.rank, 5);
  EXPECT_EQ(place.size, 8);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.address, "node7");
  EXPECT_EQ(place.port, 29500);
}

TEST(LaunchEnvironment, WhereTorchrunHasAStoreOfItsOwnRanksMeetAtTheNextPort) {
  std::map<std::string, std::string> variables = {{"RANK", "0"},
                                                  {"WORLD_SIZE", "2"},
                                                  {"LOCAL_RANK", "0"},
                                                  {"MASTER_ADDR", "node7"},
                                                  {"MASTER_PORT", "29500"},
                                                  {"TORCHELASTIC_USE_AGENT_STORE", "True"}};
  EXPECT_EQ(place_in(variables).port, 29501);
  variables["MASTER_PORT"] = "65535";
  EXPECT_THAT(error_in(variables), HasSubstr("MASTER_PORT=65535: must be a whole number from 1 to 65534"));
  variables["TORCHELASTIC_USE_AGENT_STORE"] = "False";
  EXPECT_EQ(place_in(variables).port, 65535);
}

TEST(LaunchEnvironment, ReadsAStepOfSlurmWhoseRanksMeetByAFile) {
  std::map<std::string, std::string> variables = {{"SLURM_PROCID", "3"},  {"SLURM_STEP_NUM_TASKS", "4"},
                                                  {"SLURM_LOCALID", "1"}, {"SLURM_JOB_ID", "812"},
                                                  {"SLURM_STEP_ID", "0"}, {"SLURM_NTASKS", "4"}};
  const RankPlace place = place_in(variables);
  EXPECT_EQ(place.rank, 3);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.address, "");
  EXPECT_EQ(place.start, "812-0");
  EXPECT_EQ(place.job, "812");
  variables["SLURM_RESTART_COUNT"] = "2";
  EXPECT_EQ(place_in(variables).start, "812-0-2") << "a requeued job meets elsewhere";
}

TEST(LaunchEnvironment, ABatchScriptOfSlurmIsNoRank) {
  EXPECT_TRUE(place_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_LOCALID", "0"}}).alone());
}

TEST(LaunchEnvironment, ReadsOpenMpiAndPrefersTorchrun) {
  std::map<std::string, std::string> variables = {{"OMPI_COMM_WORLD_RANK", "1"},
                                                  {"OMPI_COMM_WORLD_SIZE", "2"},
                                                  {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                                  {"PMIX_NAMESPACE", "4242"}};
  EXPECT_EQ(place_in(variables).rank, 1);
  EXPECT_EQ(place_in(variables).start, "4242");
  variables.merge(std::map<std::string, std::string>{
      {"RANK", "0"}, {"WORLD_SIZE", "3"}, {"LOCAL_RANK", "0"}, {kRendezvousVariable, "/shared/meet"}});
  EXPECT_EQ(place_in(variables).size, 3);
  EXPECT_EQ(place_in(variables).file, "/shared/meet");
}

// Four ranks that mpirun started on two nodes of a job of SLURM: the third has the variables of the daemon
// that srun started on the second node for mpirun.
TEST(LaunchEnvironment, OfAnMpirunInAJobOfSlurmOnlyMpirunsNumbersCount) {
  std::map<std::string, std::string> slurm = {{"SLURM_PROCID", "1"},  {"SLURM_STEP_NUM_TASKS", "2"},
                                              {"SLURM_LOCALID", "0"}, {"SLURM_JOB_ID", "812"},
                                              {"SLURM_STEP_ID", "0"}, {"SLURM_NTASKS", "4"}};
  std::map<std::string, std::string> open_mpi = {{"OMPI_COMM_WORLD_RANK", "2"},
                                                 {"OMPI_COMM_WORLD_SIZE", "4"},
                                                 {"OMPI_COMM_WORLD_LOCAL_RANK", "0"},
                                                 {"PMIX_NAMESPACE", "4242"}};
  open_mpi.insert(slurm.begin(), slurm.end());
  EXPECT_EQ(place_in(open_mpi).starter, "OpenMPI");
  EXPECT_EQ(place_in(open_mpi).rank, 2);
  EXPECT_EQ(place_in(open_mpi).size, 4);
  std::map<std::string, std::string> hydra = {
      {"PMI_RANK", "2"}, {"PMI_SIZE", "4"}, {"MPI_LOCALRANKID", "0"}, {kRendezvousVariable, "/shared/meet"}};
  hydra.insert(slurm.begin(), slurm.end());
  EXPECT_EQ(place_in(hydra).starter, "MPICH");
  EXPECT_EQ(place_in(hydra).rank, 2);
  // srun --mpi=pmi2 is a step of SLURM, whose ranks meet without being told where.
  slurm.insert({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"PMI_JOBID", "812.0"}});
  EXPECT_EQ(place_in(slurm).starter, "SLURM");
}

TEST(LaunchEnvironment, RanksOfMpichMustBeToldWhereTheyMeet) {
  EXPECT_THAT(error_in({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}, {"MPI_LOCALRANKID", "0"}}),
              AllOf(HasSubstr("rank 0 of 2"), HasSubstr(kRendezvousVariable)));
  EXPECT_TRUE(place_in({{"PMI_RANK", "0"}, {"PMI_SIZE", "1"}, {"MPI_LOCALRANKID", "0"}}).alone());
}

TEST(LaunchEnvironment, HalfAnEnvironmentNamesWhatIsMissing) {
  EXPECT_THAT(error_in({{"RANK", "1"}}), HasSubstr("RANK is set and WORLD_SIZE is not"));
  EXPECT_THAT(error_in({{"WORLD_SIZE", "2"}}), HasSubstr("WORLD_SIZE is set and RANK is not"));
  EXPECT_THAT(error_in({{"RANK", "0"}, {"WORLD_SIZE", "2"}}), HasSubstr("LOCAL_RANK is not"));
  EXPECT_THAT(error_in({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", "0"}, {"MASTER_ADDR", "a"}}),
              HasSubstr("MASTER_PORT is not"));
  EXPECT_THAT(error_in({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", "0"}}),
              AllOf(HasSubstr("rank 0 of 2"), HasSubstr("MASTER_ADDR")));
}

TEST(LaunchEnvironment, RefusesNumbersThatMakeNoSense) {
  const std::map<std::string, std::string> rest = {
      {"LOCAL_RANK", "0"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "1"}};
  const auto with = [&](std::map<std::string, std::string> variables) {
    variables.insert(rest.begin(), rest.end());
    return error_in(variables);
  };
  EXPECT_THAT(with({{"RANK", "2"}, {"WORLD_SIZE", "2"}}),
              HasSubstr("RANK=2: must be a whole number from 0 to 1"));
  EXPECT_THAT(with({{"RANK", "0"}, {"WORLD_SIZE", "two"}}), HasSubstr("WORLD_SIZE=two"));
  EXPECT_THAT(with({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "0"}}), HasSubstr("MASTER_PORT=0"));
}

}  // namespace
}  // namespace melomine::distributed

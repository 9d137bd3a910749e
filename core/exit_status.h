#pragma once

namespace melomine {

/// What the binary tells whoever started it. A sweep reads it of its points, a batch system of its jobs
/// (docs/cluster.md).
enum ExitStatus : int {
  kExitDone = 0,
  kExitFailed = 1,    ///< also points of a sweep that failed
  kExitWrongUse = 2,  ///< a wrong command line or configuration
  kExitRequeue = 75,  ///< preempted (SIGTERM, SIGUSR1) after saving: the same command continues; EX_TEMPFAIL
  kExitInterrupted = 130,  ///< interrupted by a person (SIGINT) after saving: the same command continues
};

}  // namespace melomine

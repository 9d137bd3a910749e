#pragma once

namespace melomine {

/// Has the C library keep the memory of large blocks that are freed, up to a GiB, for the next ones. It gives
/// them back to the kernel at once otherwise, which hands them out again page by page and cleared: for who
/// makes tensors of some MB hundreds of times a second. Of the whole process, from here on; without effect
/// where the user says something of it (MALLOC_…_, GLIBC_TUNABLES), and without glibc.
void keep_freed_memory();

}  // namespace melomine

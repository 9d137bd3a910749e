#pragma once

/// Before a function whose inner loop gains from wide vectors: the compiler makes a clone for each width, and
/// the one that the processor has is chosen when the program is loaded. Nothing where the compiler has no
/// clones, and under sanitizers, which do not survive that choice.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__SANITIZE_ADDRESS__)
#define MELOMINE_WIDE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MELOMINE_WIDE_CLONES
#endif

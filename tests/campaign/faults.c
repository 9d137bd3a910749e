/* Lets system calls fail for files below a folder; loaded in front of libc (LD_PRELOAD) by faults.py.

   MELOMINE_FAULT        CALL:EFFECT:K[+]  the K-th call fails, from 1; with a plus every one from there on
                         CALL    open | create | read | write | sync | rename | clock
                         EFFECT  a number of errno; "short": half of what was asked for; "back": an hour ago
   MELOMINE_FAULT_UNDER  the folder, absolute
   MELOMINE_FAULT_ONCE   a file that is made when a call fails; where it is there none fails any more: so of all
                         processes that a command starts one meets the fault
   MELOMINE_FAULT_COUNT  a file to which a line "CALL COUNT" is added at the end for each kind of call */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum call { OPEN, CREATE, READ, WRITE, SYNC, RENAME, CLOCK, CALLS };
static const char *const names[CALLS] = {"open", "create", "read", "write", "sync", "rename", "clock"};

static struct {
  int call, error, is_short, is_back, goes_on;
  long k;
  const char *under, *once, *count;
  atomic_long seen[CALLS];
} fault;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  fault.call = -1;
  fault.under = getenv("MELOMINE_FAULT_UNDER");
  fault.once = getenv("MELOMINE_FAULT_ONCE");
  fault.count = getenv("MELOMINE_FAULT_COUNT");
  const char *text = getenv("MELOMINE_FAULT");
  char call[16], effect[16], plus = 0;
  if (text == NULL || sscanf(text, "%15[^:]:%15[^:]:%ld%c", call, effect, &fault.k, &plus) < 3) return;
  for (int i = 0; i < CALLS; ++i)
    if (strcmp(call, names[i]) == 0) fault.call = i;
  fault.is_short = strcmp(effect, "short") == 0;
  fault.is_back = strcmp(effect, "back") == 0;
  fault.error = atoi(effect);
  fault.goes_on = plus == '+';
}

__attribute__((destructor)) static void end(void) {
  if (fault.count == NULL) return;
  const int fd = REAL(open)(fault.count, O_WRONLY | O_CREAT | O_APPEND, 0644);
  for (int i = 0; i < CALLS; ++i) dprintf(fd, "%s %ld\n", names[i], atomic_load(&fault.seen[i]));
  close(fd);
}

/* Whether a call meets the fault. path: NULL where there is none to look at. */
static int meets(enum call call, const char *path) {
  if (fault.under == NULL) return 0;
  if (path != NULL && strncmp(path, fault.under, strlen(fault.under)) != 0) return 0;
  const long number = atomic_fetch_add(&fault.seen[call], 1) + 1;
  if ((int)call != fault.call || (fault.goes_on ? number < fault.k : number != fault.k)) return 0;
  if (fault.once != NULL && !fault.goes_on) {
    const int fd = REAL(open)(fault.once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return 0;
    close(fd);
  }
  return 1;
}

static int fails(enum call call, const char *path) {
  const int before = errno;
  if (!meets(call, path) || fault.is_short || fault.is_back) {
    errno = before;
    return 0;
  }
  errno = fault.error;
  return 1;
}

static const char *path_of(int fd, char *buffer, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, buffer, size - 1);
  buffer[length < 0 ? 0 : length] = '\0';
  return buffer;
}

static const char *absolute(const char *path, char *buffer, size_t size) {
  char folder[4096];
  if (path[0] == '/' || getcwd(folder, sizeof folder) == NULL) return path;
  snprintf(buffer, size, "%s/%s", folder, path);
  return buffer;
}

/* How much of `count` bytes a call may move; -1 with errno where it fails. */
static ssize_t share(enum call call, int fd, size_t count) {
  char path[4096];
  const int before = errno;
  if (!meets(call, path_of(fd, path, sizeof path))) {
    errno = before;
    return (ssize_t)count;
  }
  errno = before;
  if (fault.is_short) return (ssize_t)(count > 1 ? count / 2 : count);
  errno = fault.error;
  return -1;
}

#define DATA_CALL(type, name, call, declared, passed)                \
  type name declared {                                               \
    const ssize_t part = share(call, fd, count);                     \
    if (part < 0) return -1;                                         \
    count = (size_t)part;                                            \
    return REAL(name) passed;                                        \
  }
DATA_CALL(ssize_t, read, READ, (int fd, void *to, size_t count), (fd, to, count))
DATA_CALL(ssize_t, write, WRITE, (int fd, const void *from, size_t count), (fd, from, count))
DATA_CALL(ssize_t, pread, READ, (int fd, void *to, size_t count, off_t at), (fd, to, count, at))
DATA_CALL(ssize_t, pread64, READ, (int fd, void *to, size_t count, off64_t at), (fd, to, count, at))
DATA_CALL(ssize_t, pwrite, WRITE, (int fd, const void *from, size_t count, off_t at), (fd, from, count, at))
DATA_CALL(ssize_t, pwrite64, WRITE, (int fd, const void *from, size_t count, off64_t at), (fd, from, count, at))

ssize_t writev(int fd, const struct iovec *parts, int count) {
  size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
  const ssize_t part = share(WRITE, fd, bytes);
  if (part < 0) return -1;
  return REAL(writev)(fd, parts, part < (ssize_t)bytes && count > 1 ? count - 1 : count);
}

static enum call kind_of(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 ? CREATE : OPEN; }

#define OPEN_CALL(name)                                                                \
  int name(const char *path, int flags, ...) {                                         \
    char buffer[8192];                                                                 \
    va_list rest;                                                                      \
    va_start(rest, flags);                                                             \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                                      \
    if (fails(kind_of(flags), absolute(path, buffer, sizeof buffer))) return -1;       \
    return REAL(name)(path, flags, mode);                                              \
  }
OPEN_CALL(open)
OPEN_CALL(open64)

#define FOPEN_CALL(name)                                                                               \
  FILE *name(const char *path, const char *mode) {                                                     \
    char buffer[8192];                                                                                 \
    const enum call call = strpbrk(mode, "wa+") != NULL ? CREATE : OPEN;                               \
    if (fails(call, absolute(path, buffer, sizeof buffer))) return NULL;                               \
    return REAL(name)(path, mode);                                                                     \
  }
FOPEN_CALL(fopen)
FOPEN_CALL(fopen64)

size_t fwrite(const void *from, size_t size, size_t count, FILE *file) {
  char path[4096];
  if (fileno(file) > 2 && fails(WRITE, path_of(fileno(file), path, sizeof path))) return 0;
  return REAL(fwrite)(from, size, count, file);
}

int fsync(int fd) {
  char path[4096];
  if (fails(SYNC, path_of(fd, path, sizeof path))) return -1;
  return REAL(fsync)(fd);
}

int rename(const char *from, const char *to) {
  char buffer[8192];
  if (fails(RENAME, absolute(to, buffer, sizeof buffer))) return -1;
  return REAL(rename)(from, to);
}

int link(const char *from, const char *to) {
  char buffer[8192];
  if (fails(RENAME, absolute(to, buffer, sizeof buffer))) return -1;
  return REAL(link)(from, to);
}

/* Clocks of the day; those that only go on do not step. */
static time_t step(void) { return fault.call == CLOCK && meets(CLOCK, NULL) ? 3600 : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
  const int status = REAL(clock_gettime)(clock, now);
  if (status == 0 && clock == CLOCK_REALTIME) now->tv_sec -= step();
  return status;
}

time_t time(time_t *to) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (to != NULL) *to = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  const int status = REAL(gettimeofday)(now, zone);
  if (status == 0) now->tv_sec -= step();
  return status;
}

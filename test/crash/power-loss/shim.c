/*
 * Preloaded into the server and its children (LD_PRELOAD): notes what they do to the files below DLI_POWER_ROOT in the log
 * DLI_POWER_LOG, each operation after it was done, as one appended record. `disk-log.ts` reads it. SQLite in Node's binary and
 * DuckDB's library both call libc by name, so nothing passes by; SQLite's shared memory (-shm) is mapped, and is rebuilt from
 * the write-ahead log anyway.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, CLOSE, WRITE, TRUNCATE, SYNC_BEGIN, SYNC_END, RENAME, UNLINK };
enum { MOST_FILES = 65536 };

struct header {
  uint32_t length; /* of the whole record */
  uint32_t op;
  int32_t pid;
  int32_t fd;
  int64_t a;
  int64_t b;
};

static int log_fd = -1;
static char root[PATH_MAX];
static size_t root_length;
static char tracked[MOST_FILES];
static char preload_variable[PATH_MAX + 16], log_variable[PATH_MAX + 16], root_variable[PATH_MAX + 16];

extern char **environ;

#define REAL(name) ({ static typeof(&name) real; if (!real) real = (typeof(&name))dlsym(RTLD_NEXT, #name); real; })

__attribute__((constructor)) static void begin(void) {
  const char *log = getenv("DLI_POWER_LOG"), *below = getenv("DLI_POWER_ROOT"), *self = getenv("LD_PRELOAD");
  if (!log || !below || !self) return;
  snprintf(root, sizeof root, "%s/", below);
  root_length = strlen(root);
  snprintf(preload_variable, sizeof preload_variable, "LD_PRELOAD=%s", self);
  snprintf(log_variable, sizeof log_variable, "DLI_POWER_LOG=%s", log);
  snprintf(root_variable, sizeof root_variable, "DLI_POWER_ROOT=%s", below);
  log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

/* One system call for a record: an append is not divided by those of other processes. */
static void note(int op, int fd, int64_t a, int64_t b, const struct iovec *parts, int count) {
  if (log_fd < 0) return;
  int saved = errno;
  struct header header = { sizeof header, (uint32_t)op, (int32_t)getpid(), fd, a, b };
  struct iovec all[count + 1];
  for (int i = 0; i < count; i++) {
    all[i + 1] = parts[i];
    header.length += (uint32_t)parts[i].iov_len;
  }
  all[0] = (struct iovec){ &header, sizeof header };
  if (syscall(SYS_writev, log_fd, all, count + 1) != (long)header.length) _exit(97);
  errno = saved;
}

static void note_text(int op, int fd, int64_t a, const char *text, size_t length) {
  struct iovec part = { (void *)text, length };
  note(op, fd, a, 0, &part, 1);
}

/* The root itself, too: SQLite syncs the folder of a file that it made. */
static int is_below(const char *path) {
  if (log_fd < 0 || !path || strncmp(path, root, root_length - 1) != 0) return 0;
  return path[root_length - 1] == '/' || path[root_length - 1] == 0;
}
static int is_tracked(int fd) { return log_fd >= 0 && fd >= 0 && fd < MOST_FILES && tracked[fd]; }

static int opened(int fd, const char *path, int flags) {
  if (fd < 0 || fd >= MOST_FILES) return fd;
  tracked[fd] = (char)is_below(path);
  if (tracked[fd]) note_text(OPEN, fd, flags, path, strlen(path));
  return fd;
}

#define MODE_OF(flags, last) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list list; va_start(list, last); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *path, int flags, ...) { MODE_OF(flags, flags) return opened(REAL(open)(path, flags, mode), path, flags); }
int open64(const char *path, int flags, ...) { MODE_OF(flags, flags) return opened(REAL(open64)(path, flags, mode), path, flags); }
int openat(int at, const char *path, int flags, ...) { MODE_OF(flags, flags) return opened(REAL(openat)(at, path, flags, mode), path, flags); }

int close(int fd) {
  /* Forgotten first: another thread may be given the number at once. */
  if (is_tracked(fd)) { tracked[fd] = 0; note(CLOSE, fd, 0, 0, NULL, 0); }
  return REAL(close)(fd);
}

static ssize_t written(int fd, ssize_t done, int64_t at, const void *data) {
  if (done <= 0 || !is_tracked(fd)) return done;
  struct iovec part = { (void *)data, (size_t)done };
  note(WRITE, fd, at, 0, &part, 1);
  return done;
}

/* libuv closes by system call, so the number may have gone to a socket or a pipe: those have no place in a file. */
static int64_t begin_of(int fd, ssize_t done) {
  if (done <= 0 || !is_tracked(fd)) return 0;
  int saved = errno;
  int64_t end = (int64_t)lseek(fd, 0, SEEK_CUR);
  errno = saved;
  if (end < 0) tracked[fd] = 0;
  return end - done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return written(fd, REAL(pwrite)(fd, data, size, at), at, data); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return written(fd, REAL(pwrite64)(fd, data, size, at), at, data); }
ssize_t write(int fd, const void *data, size_t size) {
  ssize_t done = REAL(write)(fd, data, size);
  int64_t at = begin_of(fd, done);
  return written(fd, done, at, data);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  ssize_t done = REAL(writev)(fd, parts, count);
  int64_t at = begin_of(fd, done);
  if (done <= 0 || !is_tracked(fd)) return done;
  ssize_t left = done;
  for (int i = 0; i < count && left > 0; i++) {
    ssize_t size = (ssize_t)parts[i].iov_len < left ? (ssize_t)parts[i].iov_len : left;
    written(fd, size, at, parts[i].iov_base);
    at += size;
    left -= size;
  }
  return done;
}

static int truncated(int fd, int result, int64_t size) {
  if (result == 0 && is_tracked(fd)) note(TRUNCATE, fd, size, 0, NULL, 0);
  return result;
}

int ftruncate(int fd, off_t size) { return truncated(fd, REAL(ftruncate)(fd, size), size); }
int ftruncate64(int fd, off64_t size) { return truncated(fd, REAL(ftruncate64)(fd, size), size); }

/* Space is reserved, or a hole is made: neither is used for a file that is kept, so it must not pass unseen. */
int fallocate(int fd, int mode, off_t at, off_t size) {
  if (is_tracked(fd)) { errno = EOPNOTSUPP; return -1; }
  return REAL(fallocate)(fd, mode, at, size);
}

/* What was written while it lasted may or may not be in it: only what was noted before it began is. */
#define SYNC(name) \
  int name(int fd) { \
    int seen = is_tracked(fd); \
    if (seen) note(SYNC_BEGIN, fd, syscall(SYS_gettid), 0, NULL, 0); \
    int result = REAL(name)(fd); \
    if (seen && result == 0) note(SYNC_END, fd, syscall(SYS_gettid), 0, NULL, 0); \
    return result; \
  }
SYNC(fsync)
SYNC(fdatasync)

int rename(const char *from, const char *to) {
  int result = REAL(rename)(from, to);
  if (result == 0 && (is_below(from) || is_below(to))) {
    struct iovec parts[2] = { { (void *)from, strlen(from) + 1 }, { (void *)to, strlen(to) } };
    note(RENAME, -1, 0, 0, parts, 2);
  }
  return result;
}

static int removed(int result, const char *path) {
  if (result == 0 && is_below(path)) note_text(UNLINK, -1, 0, path, strlen(path));
  return result;
}

int unlink(const char *path) { return removed(REAL(unlink)(path), path); }
int remove(const char *path) { return removed(REAL(remove)(path), path); }
int unlinkat(int at, const char *path, int flags) {
  char folder[PATH_MAX], whole[PATH_MAX * 2], link[64];
  const char *name = path;
  if (log_fd >= 0 && path[0] != '/' && at != AT_FDCWD) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t length = readlink(link, folder, sizeof folder - 1);
    if (length > 0) {
      folder[length] = 0;
      snprintf(whole, sizeof whole, "%s/%s", folder, path);
      name = whole;
    }
  }
  return removed(REAL(unlinkat)(at, path, flags), name);
}

/* The server gives its children an environment of their own; the shim goes with them. */
int execvp(const char *file, char *const arguments[]) {
  if (log_fd >= 0) {
    int count = 0;
    while (environ[count]) count++;
    char **more = alloca(sizeof(char *) * (size_t)(count + 4));
    memcpy(more, environ, sizeof(char *) * (size_t)count);
    more[count] = preload_variable;
    more[count + 1] = log_variable;
    more[count + 2] = root_variable;
    more[count + 3] = NULL;
    environ = more;
  }
  return REAL(execvp)(file, arguments);
}

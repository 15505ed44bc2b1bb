/* What a bad disk, a file system without locks, or a kill does to a process that is started with LD_PRELOAD of this.

   A call counts when it changes what lies below FAULT_HOME, or when it talks. `fault_arm` says what becomes of them:
   KILL ends the process by SIGKILL right before the n-th, FULL lets what needs room fail from the n-th on, NO_LOCKS
   lets every lock fail. FAULT_KIND and FAULT_AT in the environment say it for a process that is not forked from one.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { NONE, KILL, FULL, NO_LOCKS };

static long *calls, at; /* calls: shared with the process that forked this one */
static int kind;
static const char *home;

void fault_arm(int new_kind, long new_at) {
    home = getenv("FAULT_HOME");
    if (calls == NULL) calls = mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *calls = 0;
    at = new_at;
    kind = home == NULL ? NONE : new_kind;
}

long fault_calls(void) { return *calls; }

__attribute__((constructor)) static void arm_by_environment(void) {
    const char *named = getenv("FAULT_KIND"), *from = getenv("FAULT_AT");
    if (named != NULL) fault_arm(atoi(named), from == NULL ? 1 : atol(from));
}

/* One more call; whether it finds no room any more. */
static int meets_full_disk(void) {
    long now = __atomic_add_fetch(calls, 1, __ATOMIC_SEQ_CST);
    if (kind == KILL && now == at) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    return kind == FULL && now >= at;
}

static int is_path_ours(const char *path) {
    return kind != NONE && (path[0] != '/' || strncmp(path, home, strlen(home)) == 0);
}

static int is_file_ours(int file) {
    char name[64], target[4096];
    if (kind == NONE || file < 3) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, target, sizeof target - 1);
    return length > 0 && (target[length] = 0, strncmp(target, home, strlen(home)) == 0);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define NO_ROOM_IF(condition) if (condition) { errno = ENOSPC; return -1; }
#define IS_CHANGE(path, flags) (((flags) & (O_CREAT | O_TRUNC)) && is_path_ours(path))

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0; va_end(more); \
        NO_ROOM_IF(IS_CHANGE(path, flags) && meets_full_disk() && access(path, F_OK) != 0) \
        return REAL(name)(path, flags, mode); \
    }
#define OPEN_AT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0; va_end(more); \
        NO_ROOM_IF(IS_CHANGE(path, flags) && meets_full_disk() && faccessat(folder, path, F_OK, 0) != 0) \
        return REAL(name)(folder, path, flags, mode); \
    }
OPEN(open) OPEN(open64) OPEN_AT(openat) OPEN_AT(openat64)

int mkdir(const char *path, mode_t mode) {
    NO_ROOM_IF(is_path_ours(path) && meets_full_disk() && access(path, F_OK) != 0)
    return REAL(mkdir)(path, mode);
}
int mkdirat(int folder, const char *path, mode_t mode) {
    NO_ROOM_IF(is_path_ours(path) && meets_full_disk() && faccessat(folder, path, F_OK, 0) != 0)
    return REAL(mkdirat)(folder, path, mode);
}

/* Half of it still fits: a torn line, a torn file. */
ssize_t write(int file, const void *text, size_t length) {
    static int is_torn;
    if (is_file_ours(file) && meets_full_disk()) {
        NO_ROOM_IF(is_torn || length < 2)
        is_torn = 1;
        return REAL(write)(file, text, length / 2);
    }
    return REAL(write)(file, text, length);
}

/* The tests cut no power: what a disk has not got yet is no matter, and not waiting for it saves minutes. */
int fsync(int file) {
    if (is_file_ours(file)) meets_full_disk();
    return 0;
}

/* These need no room. */
#define COUNTED(type, name, wants, takes, condition) \
    type name wants { if (condition) meets_full_disk(); return REAL(name) takes; }
COUNTED(int, rename, (const char *old, const char *new), (old, new), is_path_ours(old))
COUNTED(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new), is_path_ours(old))
COUNTED(int, unlink, (const char *path), (path), is_path_ours(path))
COUNTED(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), is_path_ours(path))
COUNTED(int, rmdir, (const char *path), (path), is_path_ours(path))
COUNTED(int, ftruncate, (int file, off_t length), (file, length), is_file_ours(file))
COUNTED(int, connect, (int file, const struct sockaddr *to, socklen_t length), (file, to, length), kind != NONE)
COUNTED(ssize_t, send, (int file, const void *text, size_t length, int flags), (file, text, length, flags), kind != NONE)
COUNTED(ssize_t, recv, (int file, void *text, size_t length, int flags), (file, text, length, flags), kind != NONE)

COUNTED(int, posix_spawn, (pid_t *process, const char *path, const posix_spawn_file_actions_t *actions,
        const posix_spawnattr_t *attributes, char *const words[], char *const environ[]),
    (process, path, actions, attributes, words, environ), kind != NONE)

int flock(int file, int operation) {
    if (kind == NO_LOCKS) { errno = at > 1 ? EOPNOTSUPP : ENOLCK; return -1; }
    return REAL(flock)(file, operation);
}

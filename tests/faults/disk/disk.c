/* A disk that is watched, and that fails when told to. Loaded before libc (LD_PRELOAD) into the real
 * phone core and the real server.
 *
 * Watches: every call that changes files below one folder is written to a journal, in the order in which
 * it happened, with its bytes; so is what the process says on its standard output and
 * begins to send. tests/faults/src/journal.rs reads it. Fails: a shared page says which call fails, with which errno, and for how long.
 *
 *   HANDRAIL_DISK_ROOT     the folder; without it nothing is watched
 *   HANDRAIL_DISK_JOURNAL  the journal; without it nothing is written down
 *   HANDRAIL_DISK_CONTROL  the page, 8 numbers of 64 bits; without it nothing fails
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 4096

enum { NOTHING, A_FILE, A_FOLDER };

static struct {
    int kind;
    uint64_t ino;
    char *path;
} fds[FDS];

/* Kinds of calls that can be told to fail: bits of control[0]. */
enum { WRITES = 1, SYNCS = 2, OPENS = 4, NAMES = 8, SIZES = 16, READS = 32 };

/* control: 0 kinds, 1 calls left before the failing one, 2 all after it fail too, 3 errno,
 * 4 calls of these kinds seen, 5 a write is cut short instead, 6 calls failed, 7 only paths that end
 * so: 0 any, 1 "-wal". */
static volatile uint64_t *control;
static char root[PATH_MAX];
static size_t root_length;
static int journal = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("HANDRAIL_DISK_ROOT");
    if (!folder || strlen(folder) >= sizeof root) return;
    strcpy(root, folder);
    const char *to = getenv("HANDRAIL_DISK_JOURNAL");
    if (to) journal = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    const char *page = getenv("HANDRAIL_DISK_CONTROL");
    if (page) {
        int fd = syscall(SYS_openat, AT_FDCWD, page, O_RDWR | O_CLOEXEC, 0600);
        void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (mapped == MAP_FAILED) abort();
        syscall(SYS_close, fd);
        control = mapped;
    }
    root_length = strlen(root);
}

/* Several processes may share one journal: their calls take turns, too. */
static void enter(void) {
    pthread_mutex_lock(&lock);
    if (journal >= 0) syscall(SYS_flock, journal, LOCK_EX);
}

static void leave(void) {
    int kept = errno;
    if (journal >= 0) syscall(SYS_flock, journal, LOCK_UN);
    pthread_mutex_unlock(&lock);
    errno = kept;
}

/* The whole path when it lies below the folder (or is it). */
static int ours(int at, const char *path, char *whole) {
    if (!root_length || !path) return 0;
    if (path[0] == '/') {
        if (strlen(path) >= PATH_MAX) return 0;
        strcpy(whole, path);
    } else {
        char base[PATH_MAX];
        if (at == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return 0;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length < 0) return 0;
            base[length] = 0;
        }
        if (strlen(base) + strlen(path) + 2 > PATH_MAX) return 0;
        char *end = stpcpy(whole, base);
        *end++ = '/';
        strcpy(end, path);
    }
    return strncmp(whole, root, root_length) == 0 &&
           (whole[root_length] == '/' || whole[root_length] == 0);
}

struct record {
    uint32_t length; /* of both texts */
    uint32_t first;  /* of the first text */
    uint64_t ino, offset;
    uint32_t pid;
    uint32_t kind;
};

static void note(char kind, uint64_t ino, uint64_t offset, const void *one, size_t one_length,
                 const void *two, size_t two_length) {
    if (journal < 0) return;
    struct record head = {.length = one_length + two_length, .first = one_length, .ino = ino,
                          .offset = offset, .pid = getpid(), .kind = (unsigned char)kind};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)one, one_length}, {(void *)two, two_length}};
    size_t all = sizeof head + one_length + two_length;
    if (syscall(SYS_writev, journal, parts, 3) != (ssize_t)all) abort();
}

/* Whether this call fails; called inside. */
static int fails(uint64_t kind, const char *path) {
    if (!control || !(control[0] & kind)) return 0;
    if (control[7] == 1) {
        size_t length = path ? strlen(path) : 0;
        if (length < 4 || strcmp(path + length - 4, "-wal") != 0) return 0;
    }
    control[4]++;
    if (control[1] > 0) {
        control[1]--;
        return 0;
    }
    if (!control[2]) control[0] = 0;
    control[6]++;
    errno = (int)control[3];
    return 1;
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    int (*call)(int, const char *, int, ...) = (int (*)(int, const char *, int, ...))real("openat64");
    char whole[PATH_MAX];
    if (!ours(at, path, whole)) return call(at, path, flags, mode);
    enter();
    int fd = -1;
    struct stat before;
    int was_there = fstatat(AT_FDCWD, whole, &before, 0) == 0;
    int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
    if (!fails(changes ? OPENS : READS, whole)) fd = call(at, path, flags, mode);
    if (fd >= 0 && fd < FDS) {
        struct stat now;
        if (fstat(fd, &now) == 0) {
            free(fds[fd].path);
            fds[fd].kind = S_ISDIR(now.st_mode) ? A_FOLDER : A_FILE;
            fds[fd].ino = now.st_ino;
            fds[fd].path = strdup(whole);
            if (fds[fd].kind == A_FILE && !was_there) {
                note('C', now.st_ino, 0, whole, strlen(whole), NULL, 0);
            } else if (fds[fd].kind == A_FILE && (flags & O_TRUNC)) {
                note('T', now.st_ino, 0, NULL, 0, NULL, 0);
            }
        }
    } else if (fd >= FDS) {
        abort();
    }
    leave();
    return fd;
}

#define MODE                                                                                           \
    mode_t mode = 0;                                                                                   \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                               \
        va_list more;                                                                                  \
        va_start(more, flags);                                                                         \
        mode = va_arg(more, mode_t);                                                                   \
        va_end(more);                                                                                  \
    }

int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags, mode); }
int creat(const char *path, mode_t mode) {
    return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

static int watched(int fd, int kind) { return fd >= 0 && fd < FDS && fds[fd].kind == kind; }

int close(int fd) {
    if (fd >= 0 && fd < FDS && fds[fd].kind) {
        enter();
        fds[fd].kind = NOTHING;
        free(fds[fd].path);
        fds[fd].path = NULL;
        leave();
    }
    return REAL(close)(fd);
}

/* A write at `offset`; -1: where the file stands (or at its end, when it was opened so). */
static ssize_t wrote(int fd, const struct iovec *parts, int count, off_t offset) {
    enter();
    ssize_t done = -1;
    if (!fails(WRITES, fds[fd].path)) {
        if (offset < 0) {
            int flags = fcntl(fd, F_GETFL);
            off_t at = lseek(fd, 0, flags & O_APPEND ? SEEK_END : SEEK_CUR);
            done = REAL(writev)(fd, parts, count);
            offset = at;
        } else {
            done = REAL(pwritev)(fd, parts, count, offset);
        }
    } else if (control[5] && parts[0].iov_len > 1) {
        off_t at = offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset;
        done = REAL(pwrite)(fd, parts[0].iov_base, parts[0].iov_len / 2, at);
        if (offset < 0 && done > 0) lseek(fd, done, SEEK_CUR);
        offset = at;
    }
    ssize_t left = done;
    for (int i = 0; i < count && left > 0; i++) {
        size_t here = (size_t)left < parts[i].iov_len ? (size_t)left : parts[i].iov_len;
        note('W', fds[fd].ino, (uint64_t)offset, NULL, 0, parts[i].iov_base, here);
        offset += here;
        left -= here;
    }
    leave();
    return done;
}

static void said(const void *bytes, size_t length) {
    if (!root_length || journal < 0) return;
    enter();
    note('A', 0, 0, bytes, length, NULL, 0);
    leave();
}

/* The begin of what goes into the network: enough to tell what is asked or answered. */
static void sends(const void *bytes, size_t length) {
    if (!root_length || journal < 0) return;
    enter();
    note('N', 0, 0, bytes, length < 120 ? length : 120, NULL, 0);
    leave();
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    sends(bytes, length);
    return REAL(send)(fd, bytes, length, flags);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (fd == 1) said(bytes, length);
    if (!watched(fd, A_FILE)) return REAL(write)(fd, bytes, length);
    struct iovec part = {(void *)bytes, length};
    return wrote(fd, &part, 1, -1);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (fd == 1) {
        for (int i = 0; i < count; i++) said(parts[i].iov_base, parts[i].iov_len);
    }
    if (!watched(fd, A_FILE)) {
        if (fd > 2 && count > 0) sends(parts[0].iov_base, parts[0].iov_len);
        return REAL(writev)(fd, parts, count);
    }
    return wrote(fd, parts, count, -1);
}

static ssize_t wrote_at(int fd, const void *bytes, size_t length, off_t offset) {
    if (!watched(fd, A_FILE)) return REAL(pwrite)(fd, bytes, length, offset);
    struct iovec part = {(void *)bytes, length};
    return wrote(fd, &part, 1, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return wrote_at(fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return wrote_at(fd, bytes, length, offset);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    if (!watched(fd, A_FILE)) return REAL(pwritev)(fd, parts, count, offset);
    return wrote(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    return pwritev(fd, parts, count, offset);
}

static int resized(int fd, off_t length) {
    if (!watched(fd, A_FILE)) return REAL(ftruncate)(fd, length);
    enter();
    int done = -1;
    if (!fails(SIZES, fds[fd].path)) done = REAL(ftruncate)(fd, length);
    if (done == 0) note('T', fds[fd].ino, (uint64_t)length, NULL, 0, NULL, 0);
    leave();
    return done;
}
int ftruncate(int fd, off_t length) { return resized(fd, length); }
int ftruncate64(int fd, off64_t length) { return resized(fd, length); }

/* The real call is left out: what would be on the disk is worked out from the journal, and a test that
 * waits for a disk is a slow test. A sync that fails has failed for good: its pages count as clean. */
static int synced(int fd) {
    enter();
    int done = -1;
    int failed = fails(SYNCS, fds[fd].path);
    if (!failed) done = 0;
    if (fds[fd].kind == A_FOLDER) {
        if (!failed) note('D', fds[fd].ino, 0, fds[fd].path, strlen(fds[fd].path), NULL, 0);
    } else {
        note(failed ? 'F' : 'S', fds[fd].ino, 0, fds[fd].path, strlen(fds[fd].path), NULL, 0);
    }
    leave();
    return done;
}
int fsync(int fd) { return fd >= 0 && fd < FDS && fds[fd].kind ? synced(fd) : REAL(fsync)(fd); }
int fdatasync(int fd) { return fd >= 0 && fd < FDS && fds[fd].kind ? synced(fd) : REAL(fdatasync)(fd); }

static int renamed(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    char one[PATH_MAX], two[PATH_MAX];
    int mine = ours(from_at, from, one);
    mine |= ours(to_at, to, two);
    if (!mine) return syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    enter();
    int done = -1;
    if (!fails(NAMES, two)) done = syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    if (done == 0) note('R', 0, 0, one, strlen(one), two, strlen(two));
    leave();
    return done;
}
int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_at, const char *from, int to_at, const char *to) {
    return renamed(from_at, from, to_at, to, 0);
}
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    return renamed(from_at, from, to_at, to, flags);
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    char one[PATH_MAX], two[PATH_MAX];
    int mine = ours(from_at, from, one);
    mine |= ours(to_at, to, two);
    if (!mine) return syscall(SYS_linkat, from_at, from, to_at, to, flags);
    enter();
    int done = -1;
    if (!fails(NAMES, two)) done = syscall(SYS_linkat, from_at, from, to_at, to, flags);
    if (done == 0) note('L', 0, 0, one, strlen(one), two, strlen(two));
    leave();
    return done;
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int at, const char *path, int flags) {
    char whole[PATH_MAX];
    if (!ours(at, path, whole)) return syscall(SYS_unlinkat, at, path, flags);
    enter();
    int done = -1;
    if (!fails(NAMES, whole)) done = syscall(SYS_unlinkat, at, path, flags);
    if (done == 0) note('U', 0, 0, whole, strlen(whole), NULL, 0);
    leave();
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at, const char *path, mode_t mode) {
    char whole[PATH_MAX];
    if (!ours(at, path, whole)) return syscall(SYS_mkdirat, at, path, mode);
    enter();
    int done = -1;
    if (!fails(NAMES, whole)) done = syscall(SYS_mkdirat, at, path, mode);
    if (done == 0) note('M', 0, 0, whole, strlen(whole), NULL, 0);
    leave();
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* Ways past write: not on this disk. Rust's std then reads and writes. */
ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    if (watched(to, A_FILE)) {
        errno = ENOSYS;
        return -1;
    }
    return syscall(SYS_copy_file_range, from, from_at, to, to_at, length, flags);
}
ssize_t sendfile(int to, int from, off_t *offset, size_t length) {
    if (watched(to, A_FILE)) {
        errno = ENOSYS;
        return -1;
    }
    return REAL(sendfile)(to, from, offset, length);
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t length) { return sendfile(to, from, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) {
    return watched(fd, A_FILE) ? EOPNOTSUPP : REAL(posix_fallocate)(fd, offset, length);
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
    if (watched(fd, A_FILE)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return REAL(fallocate)(fd, mode, offset, length);
}

/* Records what a program does to the files of one folder, so that the driver can rebuild the disk as a power
 * cut at any instant would have left it. Preloaded (LD_PRELOAD) into the program under test.
 *
 *   POWERCUT_DIR  absolute path of the folder that is watched
 *   POWERCUT_LOG  file, outside of it, that the records are appended to
 *
 * A record is a header, the path (of `name` bytes), and the written bytes (of `data` bytes). It is appended
 * after the call has done its work and, but for syncs, under the lock that the call was made under: the order
 * of the log is the order of the calls. A sync tells at which length of the log it began: only what was
 * recorded up to there is on disk when it ends.
 *
 * Memory maps are not seen. SQLite maps only its -shm file for writing, which means nothing after a power
 * cut; any other writable map, and the calls that move bytes inside the kernel, are recorded as
 * `unsupported`, and the driver refuses to judge such a run. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAGIC = 0x43525750, MOST_FILES = 4096 };
enum op { OPEN_NEW = 1, OPEN_OLD, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, SYNC_DIR, UNSUPPORTED };

struct header {
    uint32_t magic, op;
    uint32_t file, name;
    uint64_t offset, data;
};

struct file {
    dev_t device;
    ino_t inode;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file files[MOST_FILES];
static uint32_t file_count;
static int log_fd = -1;
static uint64_t log_length;
static const char *watched;
static size_t watched_length;

static void fatal(const char *what) {
    char text[256];
    int length = snprintf(text, sizeof text, "powercut shim: %s failed: %s\n", what, strerror(errno));
    syscall(SYS_write, 2, text, length);
    abort();
}

/* Is anything watched at all? Opens the log on the first call. To be called under the lock. */
static int watching(void) {
    if (log_fd >= 0) return 1;
    const char *dir = getenv("POWERCUT_DIR"), *path = getenv("POWERCUT_LOG");
    if (!dir || !path) return 0;
    log_fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) fatal("opening POWERCUT_LOG");
    watched = dir;
    watched_length = strlen(dir);
    return 1;
}

static void put(const void *bytes, size_t length) {
    const char *next = bytes;
    while (length > 0) {
        long done = syscall(SYS_write, log_fd, next, length);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) fatal("writing POWERCUT_LOG");
        next += done;
        length -= done;
    }
}

static void record(enum op op, uint32_t file, const char *name, uint64_t offset, const void *data, size_t length) {
    struct header header = {MAGIC, op, file, name ? strlen(name) : 0, offset, length};
    put(&header, sizeof header);
    if (header.name) put(name, header.name);
    if (length) put(data, length);
    log_length += sizeof header + header.name + length;
}

/* The absolute form of `path`, or 0 where it is outside of the watched folder. */
static int inside(int dir, const char *path, char out[PATH_MAX]) {
    if (!watching()) return 0;
    if (path[0] == '/') {
        if (strlen(path) >= PATH_MAX) return 0;
        strcpy(out, path);
    } else {
        char base[PATH_MAX];
        if (dir == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return 0;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length < 0) return 0;
            base[length] = 0;
        }
        if (snprintf(out, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return 0;
    }
    return strncmp(out, watched, watched_length) == 0 && out[watched_length] == '/';
}

/* The number + 1 of the watched file that this descriptor stands for, else 0. */
static uint32_t file_of(int fd) {
    struct stat found;
    if (!watching() || fd == log_fd || syscall(SYS_fstat, fd, &found) != 0 || !S_ISREG(found.st_mode)) return 0;
    for (uint32_t i = file_count; i > 0; i--)
        if (files[i - 1].inode == found.st_ino && files[i - 1].device == found.st_dev) return i;
    return 0;
}

static void opened(int fd, const char *path, int existed, int flags) {
    struct stat found;
    if (syscall(SYS_fstat, fd, &found) != 0 || !S_ISREG(found.st_mode)) return;
    uint32_t file = existed ? file_of(fd) : 0;
    if (!file) {
        if (file_count == MOST_FILES) {
            errno = EMFILE;
            fatal("keeping the list of files");
        }
        files[file_count++] = (struct file){found.st_dev, found.st_ino};
        file = file_count;
    }
    record(existed ? OPEN_OLD : OPEN_NEW, file, path, 0, NULL, 0);
    if (existed && (flags & O_TRUNC)) record(TRUNCATE, file, NULL, 0, NULL, 0);
}

static int open_at(int dir, const char *path, int flags, mode_t mode) {
    char full[PATH_MAX];
    pthread_mutex_lock(&lock);
    int ours = inside(dir, path, full), kept = errno;
    struct stat before;
    int existed = ours && stat(full, &before) == 0;
    errno = kept;
    int fd = syscall(SYS_openat, dir, path, flags, mode);
    kept = errno;
    if (ours && fd >= 0) opened(fd, full, existed, flags);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return fd;
}

#define MODE_OF(flags)                                    \
    mode_t mode = 0;                                      \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {              \
        va_list rest;                                     \
        va_start(rest, flags);                            \
        mode = va_arg(rest, mode_t);                      \
        va_end(rest);                                     \
    }

int open(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE_OF(flags) return open_at(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE_OF(flags) return open_at(dir, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    pthread_mutex_lock(&lock);
    ssize_t done = syscall(SYS_pwrite64, fd, data, length, offset);
    int kept = errno;
    uint32_t file = done > 0 ? file_of(fd) : 0;
    if (file) record(WRITE, file, NULL, offset, data, done);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return pwrite(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length) {
    pthread_mutex_lock(&lock);
    uint32_t file = file_of(fd);
    /* A pipe or a socket may block for ever: never under the lock. */
    if (!file) pthread_mutex_unlock(&lock);
    ssize_t done = syscall(SYS_write, fd, data, length);
    int kept = errno;
    if (file) {
        if (done > 0) record(WRITE, file, NULL, syscall(SYS_lseek, fd, 0, SEEK_CUR) - done, data, done);
        pthread_mutex_unlock(&lock);
    }
    errno = kept;
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    pthread_mutex_lock(&lock);
    uint32_t file = file_of(fd);
    if (!file) pthread_mutex_unlock(&lock);
    ssize_t done = syscall(SYS_writev, fd, parts, count);
    int kept = errno;
    if (file) {
        uint64_t offset = syscall(SYS_lseek, fd, 0, SEEK_CUR) - (done > 0 ? done : 0);
        ssize_t left = done;
        for (int i = 0; i < count && left > 0; i++) {
            size_t length = parts[i].iov_len < (size_t)left ? parts[i].iov_len : (size_t)left;
            if (length) record(WRITE, file, NULL, offset, parts[i].iov_base, length);
            offset += length;
            left -= length;
        }
        pthread_mutex_unlock(&lock);
    }
    errno = kept;
    return done;
}

static int truncate_fd(int fd, off_t length) {
    pthread_mutex_lock(&lock);
    int result = syscall(SYS_ftruncate, fd, length);
    int kept = errno;
    uint32_t file = result == 0 ? file_of(fd) : 0;
    if (file) record(TRUNCATE, file, NULL, length, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}
int ftruncate(int fd, off_t length) { return truncate_fd(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_fd(fd, length); }

static int sync_fd(int call, int fd) {
    pthread_mutex_lock(&lock);
    watching();
    uint64_t begun = log_length;
    pthread_mutex_unlock(&lock);
    int result = syscall(call, fd);
    int kept = errno;
    struct stat found;
    if (result == 0 && syscall(SYS_fstat, fd, &found) == 0) {
        pthread_mutex_lock(&lock);
        uint32_t file = file_of(fd);
        char link[64], path[PATH_MAX];
        if (file) {
            record(SYNC, file, NULL, begun, NULL, 0);
        } else if (S_ISDIR(found.st_mode) && watching()) {
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t length = readlink(link, path, sizeof path - 2);
            if (length > 0) {
                path[length] = 0;
                int below = (size_t)length >= watched_length && memcmp(path, watched, watched_length) == 0;
                if (below && (path[watched_length] == 0 || path[watched_length] == '/'))
                    record(SYNC_DIR, 0, path, begun, NULL, 0);
            }
        }
        pthread_mutex_unlock(&lock);
    }
    errno = kept;
    return result;
}
int fsync(int fd) { return sync_fd(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_fd(SYS_fdatasync, fd); }

static int unlink_at(int dir, const char *path, int flags) {
    char full[PATH_MAX];
    pthread_mutex_lock(&lock);
    int ours = !(flags & AT_REMOVEDIR) && inside(dir, path, full);
    int result = syscall(SYS_unlinkat, dir, path, flags);
    int kept = errno;
    if (ours && result == 0) record(UNLINK, 0, full, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}
int unlink(const char *path) { return unlink_at(AT_FDCWD, path, 0); }
int unlinkat(int dir, const char *path, int flags) { return unlink_at(dir, path, flags); }

static int rename_at(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    char old[PATH_MAX], new[PATH_MAX];
    pthread_mutex_lock(&lock);
    int source = inside(from_dir, from, old), target = inside(to_dir, to, new);
    int result = syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    int kept = errno;
    if (result == 0 && source && target) record(RENAME, 0, old, 0, new, strlen(new));
    else if (result == 0 && (source || target)) record(UNSUPPORTED, 0, "rename across the folder's border", 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}
int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return rename_at(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return rename_at(a, from, b, to, flags); }

/* Calls that change a file's bytes without showing them. */
static void unsupported(int fd, const char *call) {
    int kept = errno;
    pthread_mutex_lock(&lock);
    if (file_of(fd)) record(UNSUPPORTED, 0, call, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = kept;
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
    if (fd >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED)) {
        char link[64], path[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t got = readlink(link, path, sizeof path - 1);
        if (got < 4 || memcmp(path + got - 4, "-shm", 4) != 0) unsupported(fd, "a writable shared mmap");
    }
    return (void *)syscall(SYS_mmap, at, length, protection, flags, fd, offset);
}
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    return mmap64(at, length, protection, flags, fd, offset);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    unsupported(fd, "fallocate");
    return syscall(SYS_fallocate, fd, mode, offset, length);
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return fallocate(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) {
    return fallocate(fd, 0, offset, length) == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    unsupported(fd, "pwritev");
    return syscall(SYS_pwritev, fd, parts, count, offset, 0);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    return pwritev(fd, parts, count, offset);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    unsupported(to, "copy_file_range");
    return syscall(SYS_copy_file_range, from, from_at, to, to_at, length, flags);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) {
    unsupported(to, "sendfile");
    return syscall(SYS_sendfile, to, from, at, length);
}

// Linux calls that Swift's Glibc module lacks: varargs, macros, and what hides behind _GNU_SOURCE (which must stay
// undefined here: with it, glibc's structs would differ from those of Swift's own module).
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

struct clave_peer {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

// What the kernel says of the other end of a unix socket; -1 and errno if it can't.
static inline int clave_socket_peer(int descriptor, struct clave_peer *peer) {
    struct {
        pid_t pid;
        uid_t uid;
        gid_t gid;
    } credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    peer->pid = credentials.pid;
    peer->uid = credentials.uid;
    peer->gid = credentials.gid;
    return 0;
}

// O_PATH, which glibc shows with _GNU_SOURCE only.
static inline int clave_o_path(void) { return 010000000; }

// O_TMPFILE, which glibc shows with _GNU_SOURCE only.
static inline int clave_o_tmpfile(void) { return 020000000 | O_DIRECTORY; }

// A pidfd of the other end of a unix socket (Linux 6.5 and later); -1 and errno if it can't.
static inline int clave_socket_peer_pidfd(int descriptor) {
    int pidfd = -1;
    socklen_t length = sizeof pidfd;
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0 ? pidfd : -1;
}

static inline int clave_prctl(int option, unsigned long argument) { return prctl(option, argument, 0UL, 0UL, 0UL); }

static inline int clave_fcntl(int descriptor, int command, int argument) { return fcntl(descriptor, command, argument); }

static inline int clave_ioctl_int(int descriptor, unsigned long request, int argument) {
    return ioctl(descriptor, request, argument);
}

// Swift hides fork(2): here it is called before any thread exists.
static inline pid_t clave_fork(void) { return fork(); }

static inline int clave_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

// Renames, but never over what is there: EEXIST then.
static inline int clave_rename_new(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1u /* RENAME_NOREPLACE */);
}

// A pipe whose ends are close-on-exec.
static inline int clave_pipe(int ends[2]) {
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

// Sends `count` bytes with one descriptor beside them.
static inline ssize_t clave_send_descriptor(int socket, const void *bytes, size_t count, int descriptor) {
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec vector = {(void *)bytes, count};
    struct msghdr message = {0};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

// Receives up to `count` bytes; `*descriptor` becomes the one descriptor that came with them (close-on-exec), or -1.
static inline ssize_t clave_receive_descriptor(int socket, void *bytes, size_t count, int *descriptor) {
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec vector = {bytes, count};
    struct msghdr message = {0};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    *descriptor = -1;
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (received < 0) return received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS
            && header->cmsg_len == CMSG_LEN(sizeof(int))) {
            memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
        }
    }
    return received;
}

// What the kernel keeps of a file, without a question to the file system's server, which may never answer (FUSE, NFS): of
// the file behind a link of /proc's, or with an empty path of an open one. Only what is said here of a file is filled in:
// its device, number, kind, links, owner, special device and last change. -1 and errno if the kernel does not tell.
// (statx(2); glibc shows it with _GNU_SOURCE only.)
static inline int clave_kept_facts(int descriptor, const char *path, struct stat *facts) {
    struct {
        uint32_t mask, blksize;
        uint64_t attributes;
        uint32_t nlink, uid, gid;
        uint16_t mode, spare;
        uint64_t ino, size, blocks, attributes_mask;
        struct {
            int64_t seconds;
            uint32_t nanoseconds;
            int32_t reserved;
        } atime, btime, ctime, mtime;
        uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
        uint64_t rest[14];
    } kept;
    const int flags = 0x1000 /* AT_EMPTY_PATH */ | 0x800 /* AT_NO_AUTOMOUNT */ | 0x4000 /* AT_STATX_DONT_SYNC */;
    memset(&kept, 0, sizeof kept);
    if (syscall(SYS_statx, descriptor, path, flags, 0x7ffu /* STATX_BASIC_STATS */, &kept) != 0) return -1;
    memset(facts, 0, sizeof *facts);
    facts->st_dev = makedev(kept.dev_major, kept.dev_minor);
    facts->st_ino = kept.ino;
    facts->st_nlink = kept.nlink;
    facts->st_mode = kept.mode;
    facts->st_uid = kept.uid;
    facts->st_rdev = makedev(kept.rdev_major, kept.rdev_minor);
    facts->st_ctim.tv_sec = kept.ctime.seconds;
    facts->st_ctim.tv_nsec = kept.ctime.nanoseconds;
    return 0;
}

// A file's attributes, bits of stx_attributes (statx(2)); 0 if they can't be known. No link is followed.
static inline uint64_t clave_file_attributes(const char *path) {
    uint64_t found[32] = {0};
    if (syscall(SYS_statx, AT_FDCWD, path, 0x100 /* AT_SYMLINK_NOFOLLOW */, 0x7ffu, found) != 0) return 0;
    // Behind the mask and the size of a block.
    return found[1];
}

// Opens a path by name only (O_PATH) if the kernel knows all of it by heart: it asks no file system, and so waits for none.
// With `links` 0, no symbolic link is followed. -1 and EAGAIN where it would have to ask, EINVAL or ENOSYS where it can't
// be kept from that (before Linux 5.12). (openat2(2); glibc has no function for it.)
static inline int clave_open_known(int folder, const char *path, int links) {
    struct {
        uint64_t flags, mode, resolve;
    } how = {010000000 /* O_PATH */ | O_CLOEXEC, 0, 0x20 /* RESOLVE_CACHED */ | (links ? 0 : 0x04 /* NO_SYMLINKS */)};
    return (int)syscall(437 /* SYS_openat2 */, folder, path, &how, sizeof how);
}

// Has a unix socket tell with each message who has sent it; sockets that a listening one accepts inherit this.
static inline int clave_ask_senders(int socket) {
    int on = 1;
    return setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

// Reads up to `count` bytes from a socket that tells senders; `*sender` becomes the process that has sent them, or 0 where
// the kernel can't name it here. Descriptors that come with them are dropped. (glibc shows SCM_CREDENTIALS and its struct
// with _GNU_SOURCE only.)
static inline ssize_t clave_receive_from(int socket, void *bytes, size_t count, int32_t *sender) {
    struct clave_peer peer;
    char control[CMSG_SPACE(sizeof peer)] __attribute__((aligned(sizeof(size_t))));
    struct iovec vector = {bytes, count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    *sender = 0;
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (received <= 0) return received;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == 2 /* SCM_CREDENTIALS */
        && header->cmsg_len == CMSG_LEN(sizeof peer)) {
        memcpy(&peer, CMSG_DATA(header), sizeof peer);
        *sender = peer.pid;
    }
    return received;
}

// Bytes that a stream's read would find now; -1 where that can't be told. (ioctl is variadic: Swift can't call it.)
static inline ssize_t clave_readable_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : -1;
}

static inline int clave_unix_address(struct sockaddr_un *address, const char *path) {
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, path);
    return 0;
}

static inline int clave_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

static inline int clave_bind_unix(int socket, const char *path) {
    struct sockaddr_un address;
    if (clave_unix_address(&address, path) != 0) return -1;
    return bind(socket, (struct sockaddr *)&address, sizeof address);
}

static inline int clave_connect_unix(int socket, const char *path) {
    struct sockaddr_un address;
    if (clave_unix_address(&address, path) != 0) return -1;
    return connect(socket, (struct sockaddr *)&address, sizeof address);
}

// The next client of a listening socket, nonblocking and close-on-exec; -1 and errno if there is none.
static inline int clave_accept(int listener) {
    return (int)syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static inline unsigned clave_major(dev_t device) { return major(device); }
static inline unsigned clave_minor(dev_t device) { return minor(device); }

// The exit code of a waited-for process, or 128 + the signal that ended it (as a shell says it).
static inline int clave_exit_code(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The environment as a child gets it; read while no other thread changes it.
static inline char **clave_environment(void) {
    extern char **environ;
    return environ;
}

// What `main` was called with: the kernel lays the count, the arguments and the environment one behind the other (System V
// ABI, "Process Initialization"). Only before anything changes the environment; NULL where it has been moved.
static inline char **clave_arguments(int *count) {
    char **end = clave_environment();
    if (end == NULL || *--end != NULL) return NULL;
    for (*count = 0; (uintptr_t)end[-1] != (uintptr_t)*count; ++*count) --end;
    return end;
}

// Writes the path that a unix stream socket listens at; -1 (and EINVAL) for any other descriptor.
static inline int clave_listening_path(int descriptor, char *path, size_t size) {
    struct sockaddr_un address;
    socklen_t length = sizeof address;
    int type = 0, listening = 0;
    socklen_t size_of_type = sizeof type, size_of_listening = sizeof listening;
    memset(&address, 0, sizeof address);
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return -1;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size_of_type) != 0) return -1;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size_of_listening) != 0) return -1;
    size_t path_length = strnlen(address.sun_path, sizeof address.sun_path);
    if (address.sun_family != AF_UNIX || type != SOCK_STREAM || !listening || path_length == 0 || path_length >= size) {
        errno = EINVAL;
        return -1;
    }
    memcpy(path, address.sun_path, path_length);
    path[path_length] = 0;
    return 0;
}

// Sends a datagram to a unix socket by its path, or by its name in the abstract namespace if it begins with '@'.
static inline int clave_send_to_unix(const char *address, const void *bytes, size_t count) {
    struct sockaddr_un target;
    size_t length = strlen(address);
    if (clave_unix_address(&target, address) != 0) return -1;
    if (address[0] == '@') target.sun_path[0] = 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    socklen_t whole = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (address[0] == '@' ? 0 : 1));
    ssize_t sent = sendto(descriptor, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&target, whole);
    close(descriptor);
    return sent == (ssize_t)count ? 0 : -1;
}

// Closes all descriptors from the one given on, also where the kernel can't at once (glibc 2.34 and later).
void closefrom(int from) __attribute__((nothrow));

// Closes all descriptors from the one given on in a program that is being started (glibc 2.34 and later).
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from)
    __attribute__((nothrow, nonnull(1)));

// Preloaded into a program, kills it before its Nth call that has to do with files (CLAVE_KILL_AT), or, if that is a
// write and CLAVE_KILL_HALF is set, in the middle of it. At the program's end it tells in the file CLAVE_CALLS how many
// there were. It needs no ptrace, which containers may forbid.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long calls, last = -1;

static int is_last(void) {
    if (last < 0) {
        const char *text = getenv("CLAVE_KILL_AT");
        last = text ? atol(text) : 0;
    }
    return ++calls == last;
}

static void end(void) { syscall(SYS_kill, syscall(SYS_getpid), SIGKILL); }

static void step(void) {
    if (is_last()) end();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                          \
    int name(const char *path, int flags, ...) {            \
        va_list list;                                       \
        va_start(list, flags);                              \
        mode_t mode = va_arg(list, mode_t);                 \
        va_end(list);                                       \
        step();                                             \
        return REAL(name)(path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)

#define CALL(type, name, parameters, arguments) \
    type name parameters {                      \
        step();                                 \
        return REAL(name) arguments;            \
    }
CALL(int, close, (int file), (file))
CALL(int, fsync, (int file), (file))
CALL(int, fdatasync, (int file), (file))
CALL(int, flock, (int file, int operation), (file, operation))
CALL(int, rename, (const char *from, const char *to), (from, to))
CALL(int, unlink, (const char *path), (path))
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(int, access, (const char *path, int mode), (path, mode))
CALL(int, fstat, (int file, struct stat *status), (file, status))
CALL(ssize_t, read, (int file, void *bytes, size_t count), (file, bytes, count))
CALL(int, ftruncate, (int file, off_t length), (file, length))

ssize_t write(int file, const void *bytes, size_t count) {
    if (is_last()) {
        if (getenv("CLAVE_KILL_HALF")) syscall(SYS_write, file, bytes, count / 2);
        end();
    }
    return syscall(SYS_write, file, bytes, count);
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("CLAVE_CALLS");
    if (!path) return;
    char text[32];
    int length = snprintf(text, sizeof text, "%ld", calls);
    long file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    syscall(SYS_write, file, text, (size_t)length);
    syscall(SYS_close, file);
}

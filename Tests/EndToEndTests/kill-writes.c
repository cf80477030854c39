// Preloaded into a program, kills it before its Nth call that changes what is on the disk (CLAVE_KILL_AT): a
// synchronisation, a file made, renamed, linked or removed. It begins to count when there is a file CLAVE_KILL_FROM.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;

static void step(void) {
    const char *from = getenv("CLAVE_KILL_FROM"), *last = getenv("CLAVE_KILL_AT");
    if (!from || !last || syscall(SYS_access, from, F_OK) != 0) return;
    if (atomic_fetch_add(&calls, 1) + 1 == atol(last)) syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                               \
    int name(const char *path, int flags, ...) { \
        va_list list;                            \
        va_start(list, flags);                   \
        mode_t mode = va_arg(list, mode_t);      \
        va_end(list);                            \
        if (flags & O_CREAT) step();             \
        return REAL(name)(path, flags, mode);    \
    }
OPEN(open)
OPEN(open64)

#define CALL(name, parameters, arguments) \
    int name parameters {                 \
        step();                           \
        return REAL(name) arguments;      \
    }
CALL(fsync, (int file), (file))
CALL(fdatasync, (int file), (file))
CALL(rename, (const char *from, const char *to), (from, to))
CALL(link, (const char *from, const char *to), (from, to))
CALL(unlink, (const char *path), (path))

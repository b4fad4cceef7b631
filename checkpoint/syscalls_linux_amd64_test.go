package checkpoint

import "syscall"

// A form says which arguments of a system call, counted from 1, are its descriptor and its paths.
type form struct {
	name         string
	fd, path, to int
}

const (
	sysCopyFileRange = 326
	sysFaccessat2    = 439
	sysRenameat2     = 316
)

// forms are the system calls on files that the program makes.
func forms() map[int]form {
	return map[int]form{
		syscall.SYS_OPENAT:     {"openat", 0, 2, 0},
		syscall.SYS_CLOSE:      {"close", 1, 0, 0},
		syscall.SYS_READ:       {"read", 1, 0, 0},
		syscall.SYS_PREAD64:    {"pread64", 1, 0, 0},
		syscall.SYS_WRITE:      {"write", 1, 0, 0},
		syscall.SYS_PWRITE64:   {"pwrite64", 1, 0, 0},
		syscall.SYS_LSEEK:      {"lseek", 1, 0, 0},
		syscall.SYS_FSTAT:      {"fstat", 1, 0, 0},
		syscall.SYS_FCHMOD:     {"fchmod", 1, 0, 0},
		syscall.SYS_FLOCK:      {"flock", 1, 0, 0},
		syscall.SYS_FCNTL:      {"fcntl", 1, 0, 0},
		syscall.SYS_FTRUNCATE:  {"ftruncate", 1, 0, 0},
		syscall.SYS_FSYNC:      {"fsync", 1, 0, 0},
		syscall.SYS_FDATASYNC:  {"fdatasync", 1, 0, 0},
		syscall.SYS_GETDENTS64: {"getdents64", 1, 0, 0},
		sysCopyFileRange:       {"copy_file_range", 3, 0, 0},
		syscall.SYS_MMAP:       {"mmap", 5, 0, 0},
		syscall.SYS_EPOLL_CTL:  {"epoll_ctl", 3, 0, 0},
		syscall.SYS_NEWFSTATAT: {"newfstatat", 0, 2, 0},
		syscall.SYS_MKDIRAT:    {"mkdirat", 0, 2, 0},
		syscall.SYS_UNLINKAT:   {"unlinkat", 0, 2, 0},
		syscall.SYS_RENAMEAT:   {"renameat", 0, 2, 4},
		sysRenameat2:           {"renameat2", 0, 2, 4},
		syscall.SYS_ACCESS:     {"access", 0, 1, 0},
		syscall.SYS_READLINKAT: {"readlinkat", 0, 2, 0},
		sysFaccessat2:          {"faccessat2", 0, 2, 0},
	}
}

// elsewhere are the system calls that do nothing to files.
func elsewhere() []int {
	const getrandom, rseq, clone3, epollPwait2 = 318, 334, 435, 441
	return []int{
		syscall.SYS_FUTEX, syscall.SYS_MUNMAP, syscall.SYS_MADVISE, syscall.SYS_MPROTECT, syscall.SYS_BRK,
		syscall.SYS_RT_SIGACTION, syscall.SYS_RT_SIGPROCMASK, syscall.SYS_RT_SIGRETURN, syscall.SYS_SIGALTSTACK,
		syscall.SYS_ARCH_PRCTL, syscall.SYS_CLONE, clone3, syscall.SYS_GETTID, syscall.SYS_GETPID, syscall.SYS_TGKILL,
		syscall.SYS_SCHED_YIELD, syscall.SYS_SCHED_GETAFFINITY, syscall.SYS_NANOSLEEP, syscall.SYS_PRLIMIT64,
		syscall.SYS_SETRLIMIT, syscall.SYS_GETRLIMIT, syscall.SYS_UNAME, getrandom, rseq, epollPwait2,
		syscall.SYS_EPOLL_CREATE1, syscall.SYS_EPOLL_PWAIT, syscall.SYS_EVENTFD2, syscall.SYS_EXIT,
		syscall.SYS_EXIT_GROUP, syscall.SYS_SET_ROBUST_LIST, syscall.SYS_SET_TID_ADDRESS, syscall.SYS_MINCORE,
		syscall.SYS_TIMER_CREATE, syscall.SYS_TIMER_SETTIME, syscall.SYS_TIMER_DELETE, syscall.SYS_PRCTL,
		syscall.SYS_SETITIMER, syscall.SYS_CLOCK_GETTIME, syscall.SYS_RESTART_SYSCALL, syscall.SYS_GETEUID,
		syscall.SYS_GETUID, syscall.SYS_GETGID, syscall.SYS_GETEGID,
	}
}

"""Processes: started, timed, looked at, ended. Only what the benchmark itself began is ever ended."""
import os
import select
import signal
import time
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def cpu_ms(pid):
    """The processor's time of a process and all its threads, the ended ones too; 0 when it is gone."""
    try:
        # What clock_getcpuclockid gives (include/linux/posix-timers_types.h: CPUCLOCK_SCHED).
        return time.clock_gettime_ns((~pid << 3) | 2) / 1e6
    except OSError:
        return 0.0


def children_cpu_ms(pid):
    """That of the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * TICK_MS


def private_mib(pid):
    """Memory that nobody else has."""
    return sum(int(line.split()[1]) for line in _rollup(pid) if line.startswith("Private_")) / 1024


def shared_out_mib(pid):
    """Memory, where what others have too counts by its share."""
    return sum(int(line.split()[1]) for line in _rollup(pid) if line.startswith("Pss:")) / 1024


def _rollup(pid):
    return Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()


def run(argv, environment=None, output=os.devnull):
    """Runs a program to its end: its milliseconds and those that it had the processor."""
    errors = os.memfd_create("errors")
    actions = [
        (os.POSIX_SPAWN_DUP2, errors, 2),
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    start = time.monotonic_ns()
    pid = os.posix_spawnp(argv[0], argv, environment or os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    took = (time.monotonic_ns() - start) / 1e6
    told = os.pread(errors, 4096, 0).decode(errors="replace").strip()
    os.close(errors)
    if status != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}: status {os.waitstatus_to_exitcode(status)}: {told}")
    return took, (usage.ru_utime + usage.ru_stime) * 1000


def await_end(pidfd, seconds=120):
    """Waits for the end of a process, as the kernel tells it."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    if not poll.poll(seconds * 1000):
        raise TimeoutError("a process does not end")


def kill(pids):
    """Kills processes and waits for their ends."""
    for pid in pids:
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            await_end(pidfd)
        except ProcessLookupError:
            pass
        finally:
            os.close(pidfd)


def of_directory(directory):
    """The processes that have a directory of ours on their command line, or that work in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            mine = str(directory).encode() in (entry / "cmdline").read_bytes()
            if mine or os.readlink(entry / "cwd").startswith(str(directory)):
                found.append(int(entry.name))
        except OSError:
            # It ended meanwhile.
            continue
    return found

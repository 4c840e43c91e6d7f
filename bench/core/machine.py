"""What the run was made on, and with what."""
import os
import platform
import subprocess
import time
from pathlib import Path


def about(arguments, binary):
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "arguments": arguments,
        "processor": f"{os.cpu_count()} × {model}",
        "kernel": platform.release(),
        "qvmc": f"{_first([binary, 'version'])}, {_first(['git', 'rev-parse', '--short', 'HEAD'])}",
        "qemu": _first(["qemu-system-x86_64", "--version"]),
        "libvirt": _first(["virsh", "--version"]),
        "load": {},
    }


def load():
    """Processes that want the processor, averaged over 1, 5 and 15 minutes."""
    return " ".join(Path("/proc/loadavg").read_text().split()[:3])


def busy_ms():
    """The processor's time of the whole machine so far."""
    fields = [int(f) for f in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) * 1000 / os.sysconf("SC_CLK_TCK")


def _first(argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "none"

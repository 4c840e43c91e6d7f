"""What the daemons hold, and what they do when there is nothing to do."""
import time

from core import processes
from core.goals import Goal
from peers.fake import FAKE

TITLE = "memory and idleness"
GOALS = [
    Goal("private memory of controller and qemu without machines, MiB", "private, controller and qemu", 36, size=0),
    Goal("private memory per machine, MiB", "private per machine, all daemons", 0.15),
    Goal("processor while 100 machines (quick: 20) stand still, % of a core", "idle, processor", 0.1),
]


def measure(bench):
    count = bench.pick(100, 20)
    seconds = bench.pick(60, 10)
    names = [f"m{i}" for i in range(count)]
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt:
        # Anew: the image that was sent has left its buffers.
        qvmc.kill()
        qvmc.start()
        _look(bench, qvmc, libvirt, 0)
        qvmc.launch(names, power="paused", parallel=8)
        libvirt.launch_many(names, 8)
        _look(bench, qvmc, libvirt, count)

        # What the launches left to do is done.
        time.sleep(5)
        began, ours, theirs = time.monotonic(), qvmc.cpu_ms(), libvirt.cpu_ms()
        time.sleep(seconds)
        passed = (time.monotonic() - began) * 10
        bench.add("idle, processor", "qvmc", (qvmc.cpu_ms() - ours) / passed, "%")
        bench.add("idle, processor", "libvirt", (libvirt.cpu_ms() - theirs) / passed, "%")

    # More than fit as real ones: a QEMU that is only a monitor.
    many = bench.pick(1000, 100)
    with bench.qvmc(qemu_binary=str(FAKE)) as qvmc:
        qvmc.kill()
        qvmc.start()
        none = qvmc.private_mib()
        qvmc.launch([f"m{i}" for i in range(many)], power="paused", parallel=8)
        _look(bench, qvmc, None, many)
        bench.add("private per machine, all daemons", "qvmc", (qvmc.private_mib() - none) / many, "MiB")


def _look(bench, qvmc, libvirt, size):
    time.sleep(1)
    for name, daemon in qvmc.daemons.items():
        bench.add(f"private, {name}", "qvmc", processes.private_mib(daemon.pid), "MiB", size)
    bench.add("private, controller and qemu", "qvmc", qvmc.private_mib("controller", "qemu"), "MiB", size)
    bench.add("private, all daemons", "qvmc", qvmc.private_mib(), "MiB", size)
    bench.add("by share, all daemons", "qvmc", sum(processes.shared_out_mib(d.pid) for d in qvmc.daemons.values()), "MiB", size)
    if libvirt:
        bench.add("private, all daemons", "libvirt", processes.private_mib(libvirt.pid), "MiB", size)
        bench.add("by share, all daemons", "libvirt", processes.shared_out_mib(libvirt.pid), "MiB", size)

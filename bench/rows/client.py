"""What a command takes that asks for little."""
from core import processes
from core.goals import Goal
from peers.qvmc import BINARY

TITLE = "client start-up"
MACHINES = 20
GOALS = [
    Goal("qvmc version, beside virsh --version", "version", 1, than="libvirt"),
    Goal(f"qvmc list of {MACHINES}, beside virsh list --all", "list", 1, than="libvirt"),
]


def measure(bench):
    names = [f"m{i}" for i in range(MACHINES)]
    with bench.qvmc() as qvmc, bench.libvirt() as libvirt:
        qvmc.launch(names, power="stopped")
        for name in names:
            libvirt.define(name)

        def ours(number):
            version, version_cpu = processes.run([str(BINARY), "version"])
            listing, listing_cpu = qvmc.client("list")
            return {"version": version, "version, processor": version_cpu, "list": listing, "list, processor": listing_cpu}

        def theirs(number):
            version, version_cpu = processes.run(["virsh", "--version"])
            listing, listing_cpu = libvirt.virsh("list", "--all")
            return {"version": version, "version, processor": version_cpu, "list": listing, "list, processor": listing_cpu}

        bench.interleave(bench.rounds(40, 20), {"qvmc": ours, "libvirt": theirs})

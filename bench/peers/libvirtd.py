"""libvirt, by its daemon in a mount namespace of its own, its Python binding and virsh."""
import json
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import libvirt as api
import libvirt_qemu

from core import processes
from peers.bare import QEMU_IMG
from peers.daemon import Daemon

HERE = Path(__file__).parent
DOMAIN = (HERE / "domain.xml").read_text()


class Libvirt:
    def __init__(self, directory, image, seed):
        self._directory = directory
        self._image = directory / "base.qcow2"
        self._origin, self._seed = image, seed
        self._socket = directory / "run/libvirt-sock"
        self.uri = f"qemu:///system?socket={self._socket}"
        self._daemon = None
        self.connection = None
        self._agents = {}

    def open(self):
        api.registerErrorHandler(lambda *_: None, None)
        _Events.begin()
        shutil.copy(self._origin, self._image)
        self.start()
        # It asks QEMU what that can do, and keeps the answer.
        self.connection.getDomainCapabilities(None, "x86_64", "q35", "qemu", 0)

    def start(self):
        """Milliseconds until it answers."""
        self._socket.unlink(missing_ok=True)
        began = time.monotonic_ns()
        argv = ["unshare", "--mount", "--propagation", "private", "sh", str(HERE / "libvirt-namespace.sh"), str(self._directory)]
        self._daemon = Daemon(argv, self._directory / "libvirtd.log", "\0")
        while True:
            try:
                self.connection = api.open(self.uri)
                break
            except api.libvirtError:
                if (time.monotonic_ns() - began) / 1e9 > 120:
                    raise
                # It does not say when it is ready.
                time.sleep(0.002)
        ready = (time.monotonic_ns() - began) / 1e6
        self.connection.domainEventRegisterAny(None, api.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, self._on_agent, None)
        return ready

    @property
    def pid(self):
        return self._daemon.pid

    def kill(self):
        """Kills the daemon; machines live on."""
        self.connection.close()
        self._daemon.kill()

    def close(self):
        if self._daemon:
            try:
                self.connection.close()
            except (api.libvirtError, AttributeError):
                # It is gone already.
                pass
            self._daemon.stop()
        # Its machines too: to have it destroy them would take two seconds each.
        processes.kill(processes.of_directory(self._directory))

    def xml(self, name, disk=True):
        """A domain of the same devices as qvmc's; its disk is made unless told otherwise."""
        path = self._directory / f"{name}.qcow2"
        if disk:
            self.make_disk(path)
        return DOMAIN.format(name=name, disk=path, base=self._image, seed=self._seed, console=self._directory / f"{name}.console")

    def make_disk(self, path):
        processes.run([QEMU_IMG, "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(self._image), str(path)])

    def launch(self, name, paused=False, until="running"):
        """Milliseconds until it runs, stands still as wanted, or its agent answers."""
        start = time.monotonic_ns()
        connected = self._agents[name] = threading.Event()
        domain = self.connection.defineXML(self.xml(name))
        domain.createWithFlags(api.VIR_DOMAIN_START_PAUSED if paused else 0)
        if until == "ready":
            if not connected.wait(300):
                raise TimeoutError("no agent")
            libvirt_qemu.qemuAgentCommand(domain, '{"execute":"guest-ping"}', 60, 0)
        return (time.monotonic_ns() - start) / 1e6

    def launch_many(self, names, threads):
        """Milliseconds until all stand still."""
        start = time.monotonic_ns()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda name: self.launch(name, paused=True), names))
        return (time.monotonic_ns() - start) / 1e6

    def remove_many(self, names, threads):
        start = time.monotonic_ns()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(self.remove, names))
        return (time.monotonic_ns() - start) / 1e6

    def define(self, name):
        self.connection.defineXML(self.xml(name, disk=False))

    def destroy(self, name):
        """Milliseconds until it is gone."""
        domain = self.connection.lookupByName(name)
        start = time.monotonic_ns()
        domain.destroy()
        return (time.monotonic_ns() - start) / 1e6

    def remove(self, name):
        domain = self.connection.lookupByName(name)
        if domain.isActive():
            domain.destroy()
        domain.undefine()
        (self._directory / f"{name}.qcow2").unlink(missing_ok=True)

    def pid_of(self, name):
        return int((self._directory / f"run/qemu/{name}.pid").read_text())

    def virsh(self, *arguments):
        return processes.run(["virsh", "-q", "-c", self.uri, *arguments])

    def launch_by_virsh(self, name):
        """Milliseconds of what a script would do: qemu-img, virsh define, virsh start."""
        file = self._directory / f"{name}.xml"
        file.write_text(self.xml(name, disk=False))
        start = time.monotonic_ns()
        self.make_disk(self._directory / f"{name}.qcow2")
        self.virsh("define", str(file))
        self.virsh("start", name)
        return (time.monotonic_ns() - start) / 1e6

    def info(self, name, callers, calls):
        """Lookup and info by callers of their own process and connection each, so that Python is not what is measured."""
        argv = [sys.executable, str(HERE / "libvirt_caller.py"), self.uri, name, str(max(1, calls // callers))]
        started = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(callers)]
        for caller in started:
            caller.stdout.readline()
        began = time.monotonic_ns()
        for caller in started:
            caller.stdin.write("\n")
            caller.stdin.flush()
        answers = [json.loads(caller.stdout.readline()) for caller in started]
        seconds = (max(a["ended_ns"] for a in answers) - began) / 1e9
        for caller in started:
            caller.communicate()
        times = sorted(t for a in answers for t in a["ms"])
        return {"per_s": len(times) / seconds, "p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100]}

    def cpu_ms(self):
        return processes.cpu_ms(self.pid) + processes.children_cpu_ms(self.pid)

    def _on_agent(self, _connection, domain, state, _reason, _opaque):
        if state == api.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED and domain.name() in self._agents:
            self._agents[domain.name()].set()


class _Events:
    """libvirt's events, which a thread takes in for as long as the process lives."""

    _begun = False

    @classmethod
    def begin(cls):
        if not cls._begun:
            cls._begun = True
            api.virEventRegisterDefaultImpl()
            threading.Thread(target=cls._run, daemon=True).start()

    @staticmethod
    def _run():
        while True:
            api.virEventRunDefaultImpl()

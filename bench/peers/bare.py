"""The floor: QEMU by a script that does no more than it must, with the very arguments that qvmc gives it.

It waits on events only: on QEMU's monitor, on the agent's port, on the kernel's word that a process has ended.
"""
import fcntl
import json
import os
import shutil
import signal
import socket
import time
from pathlib import Path

from core import processes

QEMU_IMG = shutil.which("qemu-img")
# From 3 upwards, as QemuCommandLine has them.
CHANNELS = ("monitor", "console", "agent")


class Bare:
    def __init__(self, directory, qvmc):
        self._directory, self._qvmc = directory, qvmc
        self._arguments, self._base, self._origin = [], "", None
        self._machines = {}
        self._spent = 0.0

    def open(self):
        """Learns the arguments from a machine of qvmc's."""
        pid = self._qvmc.launch(["model"], power="paused")["pids"][0]
        self._arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        self._program = os.readlink(f"/proc/{pid}/exe")
        self._origin = next(self._qvmc.machines.glob("*/disk.qcow2")).parent
        self._seed = self._directory / "seed.iso"
        shutil.copy(self._origin / "seed.iso", self._seed)
        base = next(json.loads(a) for a in self._arguments if '"base0-file"' in a)
        self._base = base["filename"]
        self._qvmc.delete(["model"])

    def launch(self, name, paused=False, until="running"):
        """Milliseconds until it runs, stands still as wanted, or its agent answers."""
        start, spent = time.monotonic_ns(), time.process_time_ns()
        machine = Machine(self._directory / name)
        self._machines[name] = machine
        _, image_ms = processes.run([QEMU_IMG, "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", self._base, str(machine.directory / "disk.qcow2")])
        shutil.copyfile(self._seed, machine.directory / "seed.iso")
        arguments = [a.replace(str(self._origin), str(machine.directory)) for a in self._arguments]
        machine.spawn(self._program, arguments)
        machine.shake_hands()
        if not paused:
            machine.resume()
        if until == "ready":
            machine.await_agent()
        took = (time.monotonic_ns() - start) / 1e6
        machine.cost_ms = (time.process_time_ns() - spent) / 1e6 + image_ms
        return took

    def cost_ms(self, name):
        """The processor's time of the script and of qemu-img for its launch, without QEMU's."""
        return self._machines[name].cost_ms

    def pid(self, name):
        return self._machines[name].pid

    def kill(self, name):
        """Milliseconds from the signal to the end."""
        return self._machines[name].kill()

    def quit(self, name):
        """Milliseconds from QEMU's own command to its end."""
        return self._machines[name].quit()

    def remove(self, name):
        self._machines.pop(name).remove()

    def close(self):
        for name in list(self._machines):
            self.remove(name)
        shutil.rmtree(self._directory, ignore_errors=True)


class Machine:
    def __init__(self, directory):
        self.directory = directory
        self.pid, self.cost_ms = 0, 0.0
        self._pidfd = None
        self._monitor = None
        directory.mkdir()

    def spawn(self, program, arguments):
        sockets, actions = [], []
        for number, name in enumerate(CHANNELS):
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(str(self.directory / name))
            listening.listen(1)
            # Away from where they are going to, so that none of them overwrites another.
            moved = fcntl.fcntl(listening.fileno(), fcntl.F_DUPFD_CLOEXEC, 64)
            sockets.append((listening, moved))
            actions.append((os.POSIX_SPAWN_DUP2, moved, 3 + number))
        actions.insert(0, (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0))
        for out in (1, 2):
            actions.append((os.POSIX_SPAWN_OPEN, out, str(self.directory / "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        self.pid = os.posix_spawn(program, arguments, environment, file_actions=actions, setsid=True)
        self._pidfd = os.pidfd_open(self.pid)
        for listening, moved in sockets:
            listening.close()
            os.close(moved)

    def shake_hands(self):
        self._monitor = self._connect("monitor")
        self._read("QMP")
        self._command("qmp_capabilities")

    def resume(self):
        self._command("cont", "RESUME")

    def await_agent(self):
        while not self._read("event").get("data", {}).get("open"):
            pass
        agent = self._connect("agent")
        agent.write(b'{"execute":"guest-sync","arguments":{"id":1}}\n')
        if json.loads(agent.readline()) != {"return": 1}:
            raise RuntimeError("the agent says something else")
        agent.close()

    def kill(self):
        return self._end(lambda: signal.pidfd_send_signal(self._pidfd, signal.SIGKILL))

    def quit(self):
        return self._end(lambda: self._command("quit"))

    def remove(self):
        if self._pidfd is not None:
            self.kill()
            os.waitpid(self.pid, 0)
            os.close(self._pidfd)
        if self._monitor:
            self._monitor.close()
        shutil.rmtree(self.directory)

    def _end(self, begin):
        start = time.monotonic_ns()
        begin()
        processes.await_end(self._pidfd)
        return (time.monotonic_ns() - start) / 1e6

    def _command(self, command, event=None):
        self._monitor.write(json.dumps({"execute": command}).encode() + b"\n")
        if event:
            while self._read("event")["event"] != event:
                pass
        self._read("return")

    def _read(self, kind):
        while True:
            line = self._monitor.readline()
            if not line:
                raise RuntimeError(f"QEMU has gone: {(self.directory / 'log').read_text()}")
            message = json.loads(line)
            if kind in message:
                return message

    def _connect(self, name):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.directory / name))
        stream = connection.makefile("rwb", buffering=0)
        connection.close()
        # readline of a raw stream would read byte by byte.
        return _Lines(stream)


class _Lines:
    def __init__(self, stream):
        self._stream, self._rest = stream, b""
        self.write, self.close = stream.write, stream.close

    def readline(self):
        while b"\n" not in self._rest:
            more = self._stream.read(65536)
            if not more:
                return b""
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line

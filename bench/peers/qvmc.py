"""The three daemons and the client."""
import json
import os
from pathlib import Path

from core import processes
from peers.daemon import Daemon
from peers import h2load
from peers.driver import Driver

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "build/qvmc"
IMAGE = ROOT / "build/tiny.qcow2"
NAMES = ("qemu", "controller", "gateway")


class Qvmc:
    def __init__(self, directory, image=True, **qemu_settings):
        self.directory = directory
        self.machines = directory / "host/machines"
        self.images = directory / "images"
        self.endpoint = f"unix://{directory}/controller.sock"
        self.daemons = {}
        self.driver = None
        self._import, self._settings = image, qemu_settings
        self._http = "http://127.0.0.1:0"

    def open(self):
        self._configure()
        self.start()
        # The same from now on, whoever starts again: the driver stays connected, as a client would.
        self._http = self.daemons["gateway"].address
        self._configure()
        if self._import:
            self.client("image", "import", "tiny", str(IMAGE))

    def start(self):
        """Starts the daemons, all at once."""
        for name in NAMES:
            self._spawn(name)
        for name in NAMES:
            self.daemons[name].await_ready()
        self.driver = self.driver or Driver(self.endpoint, self.daemons["gateway"].address)

    def start_one(self, name):
        return self._spawn(name).await_ready()

    def _spawn(self, name):
        argv = [BINARY, name, "--config", str(self.directory / f"{name}.json")]
        self.daemons[name] = Daemon(argv, self.directory / f"{name}.log", f"qvmc {name}: ready on ")
        return self.daemons[name]

    def kill(self):
        """Kills the daemons; machines live on."""
        for daemon in self.daemons.values():
            daemon.kill()
        self.daemons.clear()

    def close(self):
        self._let_go()
        for name in reversed(NAMES):
            if name in self.daemons:
                self.daemons.pop(name).stop()
        processes.kill(processes.of_directory(self.directory))

    def client(self, *arguments):
        """A command of the client: its milliseconds, and those that it had the processor."""
        return processes.run([str(BINARY), *arguments], {**os.environ, "QVMC_ENDPOINT": self.endpoint})

    def launch(self, names, power="running", wait=None, parallel=1):
        wait = wait or {"running": "running", "paused": "paused", "stopped": "none"}[power]
        return self.driver("launch", names=names, image="tiny", memory_mib=128, power=power, wait=wait, parallel=parallel)

    def delete(self, names, parallel=1):
        return self.driver("delete", names=names, parallel=parallel)

    def info(self, name, callers, calls, by_http=False):
        """One machine's state, asked for again and again."""
        if by_http:
            return h2load.http(f"{self.daemons['gateway'].address}/v1/instances/{name}", callers, calls)
        # InfoRequest: name, field 1.
        message = b"\x0a" + bytes([len(name)]) + name.encode()
        return h2load.grpc(self.directory / "controller.sock", "/controller.v1.ControllerService/Info", message, callers, calls)

    def cpu_ms(self):
        """The processor's time of the daemons and of the children that they waited for."""
        return sum(processes.cpu_ms(d.pid) + processes.children_cpu_ms(d.pid) for d in self.daemons.values())

    def private_mib(self, *names):
        return sum(processes.private_mib(self.daemons[name].pid) for name in names or NAMES)

    def _let_go(self):
        if self.driver:
            self.driver.close()
            self.driver = None

    def _configure(self):
        for directory in (self.directory / "host", self.images, self.directory / "controller"):
            directory.mkdir(parents=True, exist_ok=True)
        qemu_socket = {"address": f"unix://{self.directory}/qemu.sock"}
        settings = {
            "qemu": {
                "listen": qemu_socket,
                "node_name": "local",
                "state_directory": str(self.directory / "host"),
                "image_directory": str(self.images),
                **self._settings,
            },
            "controller": {
                "listen": {"address": self.endpoint},
                "state_directory": str(self.directory / "controller"),
                "image_directory": str(self.images),
                "nodes": [{"name": "local", "endpoint": qemu_socket}],
                # Stand-ins for machines take no memory, and come as fast as they can.
                "launch_limits": {"per_second": 100000, "burst": 100000, "memory_percent": 100000},
            },
            "gateway": {"listen": {"address": self._http}, "controller": {"address": self.endpoint}},
        }
        for name, content in settings.items():
            (self.directory / f"{name}.json").write_text(json.dumps(content))

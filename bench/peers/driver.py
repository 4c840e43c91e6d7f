"""Calls of the daemons, by a program that is fast enough to time them."""
import json
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[1] / "Qvmc.Bench/bin/Release/net10.0/Qvmc.Bench"


class Driver:
    def __init__(self, controller, gateway):
        self._process = subprocess.Popen([PROGRAM, controller, gateway], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    @property
    def pid(self):
        return self._process.pid

    def __call__(self, command, **arguments):
        self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the driver has ended"}
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']}")
        return answer

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

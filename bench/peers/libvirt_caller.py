"""Asks libvirt about a domain again and again: libvirt_caller.py URI NAME CALLS.

Begins when a line comes in, and tells how long each call took, in milliseconds.
"""
import json
import sys
import time

import libvirt

connection = libvirt.open(sys.argv[1])
connection.lookupByName(sys.argv[2]).info()
print("ready", flush=True)
sys.stdin.readline()
times = []
for _ in range(int(sys.argv[3])):
    start = time.monotonic_ns()
    connection.lookupByName(sys.argv[2]).info()
    times.append((time.monotonic_ns() - start) / 1e6)
print(json.dumps({"ended_ns": time.monotonic_ns(), "ms": times}), flush=True)

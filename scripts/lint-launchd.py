#!/usr/bin/env python3
"""Checks the jobs of launchd in a directory: that each can be read, has what a daemon
needs, runs what is there to be run, and that nothing is misspelt. Status 1: a fault."""
import json
import pathlib
import plistlib
import sys

# Keys of launchd.plist(5) with the types of their values; launchd itself ignores what
# it does not know.
KEYS = {
    "Label": str, "ProgramArguments": list, "UserName": str, "RunAtLoad": bool, "KeepAlive": dict,
    "ThrottleInterval": int, "SoftResourceLimits": dict, "HardResourceLimits": dict,
    "EnvironmentVariables": dict, "WorkingDirectory": str, "StandardErrorPath": str,
    "StandardOutPath": str, "AbandonProcessGroup": bool, "ExitTimeOut": int, "ProcessType": str,
}
NEEDED = ("Label", "ProgramArguments", "RunAtLoad", "KeepAlive", "StandardErrorPath")


def faults(path):
    """Every fault of one job."""
    try:
        job = plistlib.loads(path.read_bytes())
    except Exception as error:  # pylint: disable=broad-except
        return [f"can't be read: {error}"]
    found = [f"has no {key}" for key in NEEDED if key not in job]
    for key, value in job.items():
        if key not in KEYS:
            found.append(f"{key} is no key that is known here")
        # True is an int to Python, but not to launchd.
        elif not isinstance(value, KEYS[key]) or (KEYS[key] is int and isinstance(value, bool)):
            found.append(f"{key} is not a {KEYS[key].__name__}")
    if found:
        return found
    if job["Label"] != path.stem:
        found.append(f"Label is {job['Label']}, and launchctl names jobs by their file")
    program, verb, option, config = (job["ProgramArguments"] + [""] * 4)[:4]
    if not program.startswith("/") or option != "--config" or job["Label"] != f"qvmc.{verb}":
        found.append(f"ProgramArguments are not a daemon's: {job['ProgramArguments']}")
    elif not (path.parent / pathlib.PurePath(config).name).is_file():
        found.append(f"there is no {pathlib.PurePath(config).name} beside it")
    else:
        json.loads((path.parent / pathlib.PurePath(config).name).read_text())
    if verb == "qemu" and not job.get("AbandonProcessGroup"):
        found.append("has no AbandonProcessGroup: machines might end with the daemon")
    return found


def main():
    """Checks all of them."""
    jobs = sorted(pathlib.Path(sys.argv[1]).glob("*.plist"))
    bad = [f"{job}: {fault}" for job in jobs for fault in faults(job)]
    if not jobs:
        bad.append(f"{sys.argv[1]}: no jobs there")
    print("\n".join(bad), end="\n" if bad else "")
    return 1 if bad else 0


sys.exit(main())

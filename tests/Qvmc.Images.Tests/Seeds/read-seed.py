"""Lets the real cloud-init read a NoCloud seed and tells, as JSON, what it made of it.

    read-seed.py SEED_DIRECTORY STATE_DIRECTORY

Nothing is configured and no script is run: only the datasource reads the seed, and the handlers of user-data sort and
merge its parts, as in the guest's first boot.
"""
import json
import logging
import os
import shutil
import sys

import yaml
from cloudinit import sources, stages
from cloudinit.config import schema

seed, state = map(os.path.abspath, sys.argv[1:])
shutil.copytree(seed, os.path.join(state, "lib", "seed", "nocloud"))
warnings = []


class Warnings(logging.Handler):
    def emit(self, record):
        warnings.append(record.getMessage())


logging.getLogger().addHandler(Warnings(logging.WARNING))

# "fs_label" is none, so that no volume of this machine is looked at.
init = stages.Init([sources.DEP_FILESYSTEM])
CONFIG = {
    "datasource_list": ["NoCloud"],
    "datasource": {"NoCloud": {"fs_label": None}},
    "system_info": {
        "distro": "debian",
        "paths": {"cloud_dir": os.path.join(state, "lib"), "run_dir": os.path.join(state, "run")},
    },
}
init._read_cfg = lambda *_: CONFIG
init.initialize()
init.fetch()
init.instancify()
init.setup_datasource()
init.update()
init.consume_data()

instance = os.path.join(state, "lib", "instance")


def read(*path):
    try:
        with open(os.path.join(instance, *path), encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


config = yaml.safe_load(read("cloud-config.txt")) or {}
try:
    schema.validate_cloudconfig_schema(config, strict=True)
    complaint = None
except schema.SchemaValidationError as e:
    complaint = str(e)
scripts = os.path.join(instance, "scripts")
hostname = init.datasource.get_hostname(fqdn=True)
print(json.dumps({
    "hostname": str(getattr(hostname, "hostname", hostname)),
    "keys": init.datasource.get_public_ssh_keys(),
    "id": init.datasource.get_instance_id(),
    "config": config,
    "complaint": complaint,
    "scripts": {name: read("scripts", name) for name in sorted(os.listdir(scripts))},
    "warnings": warnings,
}, default=str))

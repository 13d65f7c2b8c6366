"""The project's folder of tools: where things are, and what was found there.

Everything the verbs of `make` find or install is written to `.tools/paths.json`, which these scripts and the
Rust test harness read. Nothing is installed outside the project.
"""
import hashlib
import json
import os
import pwd
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / '.tools'
PATHS = TOOLS / 'paths.json'


class Missing(Exception):
    """Something that cannot be had on this machine; the text says why and what to do."""


def server_user():
    """The account a database server runs as: None when we are not root, since a server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ('postgres', 'nobody'):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Missing('running as root, and there is no user "postgres" or "nobody" for the database to run as')


def state():
    """The folder for servers and their data: `.tools`, unless the server's user cannot reach it.

    A clone below /root is closed to other users; its servers live in /var/tmp, under a name made from the clone's path.
    """
    TOOLS.mkdir(exist_ok=True)
    user = server_user()
    if user is None or _reachable(ROOT, user):
        return TOOLS
    folder = Path('/var/tmp') / ('tessera-' + hashlib.sha256(str(ROOT).encode()).hexdigest()[:12])
    folder.mkdir(exist_ok=True, mode=0o755)
    if folder.stat().st_uid != 0:
        raise Missing(f'{folder} belongs to somebody else; remove it and try again')
    return folder


def _reachable(path, user):
    return subprocess.run(['/bin/sh', '-c', 'test -x "$1"', 'sh', str(path)], cwd='/', **as_user(user)).returncode == 0


def as_user(user):
    """The arguments of `subprocess` that run a process as `user` (None: as ourselves)."""
    if user is None:
        return {}
    return {'user': user.pw_uid, 'group': user.pw_gid, 'extra_groups': []}


def read_paths():
    """What the last `install.py` found, or an empty table."""
    try:
        return json.loads(PATHS.read_text())
    except (OSError, ValueError):
        return {}


def write_paths(found):
    """Replaces the table in one step, so that a reader never sees half of it."""
    TOOLS.mkdir(exist_ok=True)
    fresh = PATHS.with_suffix('.new')
    fresh.write_text(json.dumps(found, indent=2) + '\n')
    fresh.replace(PATHS)


def say(text):
    """One line for the person who waits."""
    print(text, flush=True)


def call(command, what, **options):
    """Runs a command quietly; on failure raises `Missing` with the end of what it said."""
    started = time.monotonic()
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, errors='replace', **options)
    if done.returncode != 0:
        tail = '\n'.join('    ' + line for line in done.stdout.strip().splitlines()[-8:])
        raise Missing(f'{what} failed ({command[0]} ended with {done.returncode}):\n{tail}')
    took = time.monotonic() - started
    if took > 2:
        say(f'    took {took:.0f} s')
    return done.stdout

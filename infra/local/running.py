"""What `make run` has started, written down so that `make stop` can end it: `.tools/running.json`."""
import json
import os
import signal
import subprocess
import time

from tools import TOOLS

FILE = TOOLS / 'running.json'


def write(url, processes):
    """Notes the URL and the processes (`{"name": pid}`), each with its start time, since numbers are used again."""
    FILE.write_text(json.dumps({'url': url, 'processes': {name: [pid, started(pid)] for name, pid in processes.items()}}))


def read():
    """`{"url", "processes"}`, with only those processes that still run."""
    try:
        noted = json.loads(FILE.read_text())
    except (OSError, ValueError):
        return {'url': None, 'processes': {}}
    alive = {name: pid for name, (pid, since) in noted['processes'].items() if since and started(pid) == since}
    return {'url': noted['url'], 'processes': alive}


def forget():
    """Nothing runs any more."""
    FILE.unlink(missing_ok=True)


def started(pid):
    """When the process was started, in the system's own notation; empty when it has ended."""
    if os.path.exists('/proc/self/stat'):
        try:
            fields = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()
        except OSError:
            return ''
        return '' if fields[0] in 'ZX' else fields[19]
    said = subprocess.run(['ps', '-o', 'stat=,lstart=', '-p', str(pid)], stdout=subprocess.PIPE, text=True).stdout.strip()
    return '' if said.startswith('Z') else ' '.join(said.split()[1:])


def stop(pid, sign):
    """Asks a process to end and waits up to ten seconds; then it and all that it has started are killed."""
    family = {one: started(one) for one in [pid, *_descendants(pid)]}
    _signal(pid, sign)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(since and started(one) == since for one, since in family.items()):
        time.sleep(0.05)
        if not started(pid):
            deadline = min(deadline, time.monotonic() + 1)
    for one, since in family.items():
        if since and started(one) == since:
            _signal(one, signal.SIGKILL)


def _signal(pid, sign):
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        pass


def _descendants(pid):
    if os.path.exists('/proc/self/stat'):
        pairs = []
        for name in filter(str.isdigit, os.listdir('/proc')):
            try:
                pairs.append((int(name), int(open(f'/proc/{name}/stat').read().rpartition(')')[2].split()[1])))
            except OSError:
                continue
    else:
        said = subprocess.run(['ps', '-A', '-o', 'pid=,ppid='], stdout=subprocess.PIPE, text=True).stdout
        pairs = [tuple(map(int, line.split())) for line in said.splitlines()]
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        children = [one for one, its_parent in pairs if its_parent == parent]
        found += children
        todo += children
    return found

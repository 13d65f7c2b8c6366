#!/usr/bin/env python3
"""Sends an event of `events/` to a function of a running `make run`: invoke.py FUNCTION EVENT."""
import base64
import os
import subprocess
import sys
import tempfile
import urllib.parse

import emulator
import run
import running
import secret
from tools import ROOT, read_paths


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: make invoke FUNCTION=load EVENT=load-get')
    function, event = sys.argv[1:]
    file = ROOT / 'events' / f'{event}.json'
    if function not in emulator.FUNCTIONS or not file.exists():
        known = ' '.join(sorted(path.stem for path in (ROOT / 'events').glob('*.json')))
        sys.exit(f'functions: {" ".join(emulator.FUNCTIONS)}\nevents: {known}')
    now = running.read()
    if not now['processes']:
        sys.exit('nothing runs: start it with `make run` in another terminal')
    port, secrets = urllib.parse.urlsplit(now['url']).port, secret.read_or_make()
    text = file.read_text()
    text = text.replace('{{token}}', run.token(port, secrets, {'user_id': run.USER}))
    text = text.replace('{{basic}}', base64.b64encode(f"{run.CLIENT}:{secrets['client_secret']}".encode()).decode())
    text = text.replace('"events\\"', f'"{run.CLIENT}\\"').replace('{{client_secret}}', secrets['client_secret'])
    with tempfile.NamedTemporaryFile('w', suffix='.json') as filled:
        filled.write(text)
        filled.flush()
        path = read_paths()['cargo_lambda'] + os.pathsep + os.environ['PATH']
        command = ['cargo', 'lambda', 'invoke', '-A', '127.0.0.1', '-P', str(port), function, '--data-file', filled.name]
        sys.exit(subprocess.run(command, cwd=ROOT, env=dict(os.environ, PATH=path)).returncode)


if __name__ == '__main__':
    main()

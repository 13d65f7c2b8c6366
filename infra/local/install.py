#!/usr/bin/env python3
"""Finds or installs what the verbs of `make` need.

usage: install.py run     what `make run` needs: cargo-lambda and a PostgreSQL
       install.py test    that, and what the tests need: hll, moto, PgBouncer, Pebble, npm packages

Everything goes into the project's ignored `.tools/`; the places are written to `.tools/paths.json`.
The second time it only looks. What the tests cannot have is named, with the reason, under "missing".
"""
import sys

import cargo_lambda
import packages
import pebble
import pgbouncer
import postgres
from tools import ROOT, TOOLS, Missing, read_paths, say, server_user, write_paths

CLIENTS = ROOT / 'tests' / 'clients'
OIDC = ROOT / 'tests' / 'peers' / 'oidc'
CUBE_GATEWAY = ROOT / 'tests' / 'peers' / 'cube-gateway'
BROWSER = ROOT / 'tests' / 'peers' / 'browser'
WEB = ROOT / 'examples' / 'ecommerce' / 'web'
CUBE_CLI = ROOT / 'tests' / 'peers' / 'cube-cli'


def for_run():
    """What `make run` needs; the table of places."""
    user = server_user()
    found = dict(read_paths(), server_user=user and {'name': user.pw_name, 'uid': user.pw_uid, 'gid': user.pw_gid})
    found['cargo_lambda'] = cargo_lambda.find_or_install()
    known = found.get('postgres')
    found['postgres'] = known and postgres.describe(known['bin'], known['libraries']) or postgres.find_or_install()
    write_paths(found)
    return found


def for_test():
    """What the tests need beyond that. A missing piece is noted: the tests that need it say so."""
    found, missing = for_run(), {}
    if not found['postgres']['hll']:
        found['postgres'], reason = postgres.find_or_install_with_hll()
        if reason:
            missing['hll'] = reason
    pieces = (('moto', _moto), ('pgbouncer', pgbouncer.find_or_install), ('pebble', pebble.find_or_install),
              ('clients', lambda: _npm(CLIENTS)), ('oidc', lambda: _npm(OIDC)),
              ('cube_cli', lambda: _npm(CUBE_CLI)), ('cube_gateway', lambda: _npm(CUBE_GATEWAY)),
              ('web', lambda: _npm(WEB)), ('browser', lambda: _npm(BROWSER)))
    for name, install in pieces:
        try:
            found[name] = install()
        except Missing as reason:
            found[name], missing[name] = None, str(reason)
    found['missing'] = missing
    write_paths(found)
    for name, reason in missing.items():
        say(f'  missing: {name}: {reason}')
    return found


def _moto():
    packages.python('requirements-test.txt')
    return str(packages.VENV / 'bin' / 'moto_server')


def _npm(folder):
    """Installs what the lock file of an npm project names; quick when nothing changed."""
    wanted = (folder / 'package-lock.json').read_text()
    stamp = folder / 'node_modules' / '.installed'
    if not stamp.exists() or stamp.read_text() != wanted:
        say(f'  npm packages of {folder.relative_to(ROOT)} (about 10 s)')
        packages.npm(folder, 'ci')
        stamp.write_text(wanted)
    return str(folder)


def main():
    wanted = sys.argv[1:] or ['test']
    if wanted not in (['run'], ['test']):
        sys.exit(__doc__)
    TOOLS.mkdir(exist_ok=True)
    say('Looking for tools (the first time about a minute, then a second)')
    try:
        found = for_run() if wanted == ['run'] else for_test()
    except Missing as reason:
        sys.exit(f'cannot go on: {reason}')
    server = found['postgres']
    say(f"  cargo-lambda in {found['cargo_lambda']}")
    say(f"  PostgreSQL {server['version']} in {server['bin']}" + (' with hll' if server['hll'] else ''))


if __name__ == '__main__':
    main()

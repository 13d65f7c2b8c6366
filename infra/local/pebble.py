"""Pebble: the public authority of the tests (ACME)."""
import shutil

import packages
from tools import say, state


def find_or_install():
    """`{"program", "libraries"}`."""
    on_path = shutil.which('pebble')
    if on_path:
        return {'program': on_path, 'libraries': None}
    tree = state() / 'debian'
    program = tree / 'usr/bin/pebble'
    if not program.exists():
        if not packages.debian_candidates('^pebble$'):
            raise packages.Missing('apt knows no package pebble')
        say('  Pebble from its Debian package')
        packages.debian(['pebble'], tree)
    return {'program': str(program), 'libraries': packages.complete_libraries(program, 'pebble', tree)}

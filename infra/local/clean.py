#!/usr/bin/env python3
"""Removes what the verbs of `make` have made in this clone: servers' data, installed tools, packages of the tests."""
import shutil

import stop
from tools import ROOT, TOOLS, say, state


def main():
    stop.main()
    tests = ROOT / 'tests'
    for folder in (state(), TOOLS, tests / 'clients' / 'node_modules', tests / 'peers' / 'oidc' / 'node_modules'):
        if folder.exists():
            shutil.rmtree(folder)
            say(f'removed {folder}')


if __name__ == '__main__':
    main()

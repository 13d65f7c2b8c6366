#!/usr/bin/env python3
"""Runs the statements of Cube 1.7 and of Tessera for the same queries in turns, and prints how long PostgreSQL took.

usage: statements.py [--runs N] [--only TEXT] [--show]

Planning and execution as `EXPLAIN (ANALYZE, TIMING OFF)` says, medians. The rows of both are compared first.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / 'infra' / 'local'), str(HERE.parents[1] / 'tests' / 'oracle')]

import comparison
import servers
from tools import Missing, say

CUBE = 'cube-1.7'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--runs', type=int, default=5, help='of each statement, after one to warm up (default 5)')
    parser.add_argument('--only', default='', help='only queries whose name holds this')
    parser.add_argument('--show', action='store_true', help='print the statements')
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    servers.WORK.mkdir(parents=True, exist_ok=True)
    try:
        sys.exit(_measure(asked))
    except Missing as reason:
        sys.exit(f'cannot go on: {reason}')


def _measure(asked):
    models = sorted((servers.CONFORMANCE / 'model').glob('*.yml'))
    process, database = servers.postgres('bench', HERE / 'seed.sql', '400,000 orders, 1,000,000 line items (about 20 s)',
                                         ('shared_buffers=1GB', 'work_mem=64MB', 'fsync=off', 'max_parallel_workers_per_gather=0'))
    started, explain = [], None
    try:
        started = [servers.cube(CUBE, models, database), servers.ours(models, database)]
        for server in started:
            server.wait()
        explain = Explain(database)
        return _table(started, explain, asked)
    finally:
        if explain:
            explain.stop()
        for server in started:
            server.stop()
        process.send_signal(signal.SIGINT)
        process.wait()


def _table(started, explain, asked):
    wrong, ratios = 0, []
    say('| query | Cube, ms | Tessera, ms | ratio |\n|---|---:|---:|---:|')
    for name, query in json.loads((HERE / 'questions.json').read_text()).items():
        if asked.only not in name:
            continue
        found = comparison.differences(query, *(server.get('load', query=query) for server in started))
        if found:
            wrong += 1
            say(f'{name}: {found[0][0]}: {found[0][1]}'[:500])
        statements = [server.get('sql', query=query)[1]['sql']['sql'] for server in started]
        if asked.show:
            say('\n-- Cube\n{}\n-- Tessera\n{}\n'.format(*(statement[0] for statement in statements)))
        took = [[], []]
        for run in range(asked.runs + 1):
            for side in (0, 1):
                milliseconds = explain.run(*statements[side])
                if run:
                    took[side].append(milliseconds)
        cube, ours = map(statistics.median, took)
        ratios.append(ours / cube)
        say(f'| {name} | {cube:.0f} | {ours:.0f} | {ours / cube:.2f} |')
    if ratios:
        say(f'median of the ratios {statistics.median(ratios):.2f}, largest {max(ratios):.2f}')
    return 1 if wrong else 0


class Explain:
    """A connection that runs statements and says how long they took."""

    def __init__(self, database):
        self._process = subprocess.Popen([shutil.which('node'), HERE / 'explain.js', servers.WORK / CUBE], text=True,
                                         env=dict(os.environ, **database), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, text, parameters):
        """Milliseconds of planning and execution."""
        self._process.stdin.write(json.dumps({'text': text, 'parameters': parameters}) + '\n')
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Missing('the statement did not run; the reason is above')
        return json.loads(line)

    def stop(self):
        """Ends the connection."""
        self._process.stdin.close()
        self._process.wait()


if __name__ == '__main__':
    main()

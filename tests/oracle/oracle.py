#!/usr/bin/env python3
"""Asks real Cubes and `tessera serve` the same queries over the same rows, and prints every answer that differs.

usage: oracle.py [--seed N] [--count N] [--only TEXT] [--peer NAME] [--all]

The model is tests/conformance/model and, for Cube 1.7, tests/oracle/model. Differences that are meant stand in known.txt.
Exits with 1 when there is one that does not.
"""
import argparse
import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'infra' / 'local'))

import comparison
import questions
import servers
from tools import Missing, say

SHOWN = 4000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seed', type=int, default=1, help='of the random queries (default 1)')
    parser.add_argument('--count', type=int, default=500, help='how many random queries (default 500)')
    parser.add_argument('--only', default='', help='only queries whose name or text holds this')
    parser.add_argument('--peer', choices=servers.PEERS, help='only this version of Cube')
    parser.add_argument('--all', action='store_true', help='print the known differences too')
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    servers.WORK.mkdir(parents=True, exist_ok=True)
    try:
        unknown = sum(_with_peer(peer, asked) for peer in servers.PEERS if asked.peer in (None, peer))
    except Missing as reason:
        sys.exit(f'cannot go on: {reason}')
    sys.exit(1 if unknown else 0)


def _with_peer(peer, asked):
    """How many unknown differences there are from one Cube."""
    models = sorted((servers.CONFORMANCE / 'model').glob('*.yml'))
    if peer == 'cube-1.7':
        models += sorted((servers.HERE / 'model').glob('*.yml'))
    process, database = servers.postgres('oracle', servers.CONFORMANCE / 'seed.sql', 'the rows of tests/conformance (about 10 s)')
    started = []
    try:
        started = [servers.ours(models, database), servers.cube(peer, models, database)]
        for server in started:
            server.wait()
        return _compare(peer, started[1], started[0], asked)
    finally:
        for server in started:
            server.stop()
        process.send_signal(signal.SIGINT)
        process.wait()


def _compare(peer, theirs, ours, asked):
    known, unknown, meant = comparison.Known(), 0, 0
    every = questions.all_of(ours.get('meta')[1], asked.seed, asked.count)
    every = [one for one in every if asked.only in one[0] or asked.only in json.dumps(one[1])]
    say(f'{len(every)} queries to {peer} and to tessera')
    for name, parameters, context in every:
        for kind, text in _ask(theirs, ours, parameters, context):
            reason = known.reason(peer, kind, text, parameters['query'])
            if reason:
                meant += 1
                if asked.all:
                    say(f'known ({reason}): {name}: {kind}: {text}'[:SHOWN])
                continue
            unknown += 1
            small = _smallest(theirs, ours, known, peer, parameters, context, kind)
            say(f'{name}: {kind}: {text}'[:SHOWN] + f'\n    {json.dumps(parameters["query"])}')
            if small != parameters['query']:
                say(f'    smaller: {json.dumps(small)}')
    for row_peer, pattern, reason, count in known.counts():
        if not count and row_peer == peer and not asked.only:
            say(f'not met: {pattern} ({reason})')
    say(f'{peer}: {unknown} differences, {meant} more that are known')
    return unknown


def _ask(theirs, ours, parameters, context):
    return comparison.differences(parameters['query'], *(server.get('load', context, **parameters) for server in (theirs, ours)))


def _smallest(theirs, ours, known, peer, parameters, context, kind):
    """The query with everything taken out that the difference does not need."""
    query = parameters['query']
    if not isinstance(query, dict):
        return query
    again = True
    while again:
        again = False
        for smaller in _without_one(query):
            found = _ask(theirs, ours, {**parameters, 'query': smaller}, context)
            if any(one == kind and not known.reason(peer, one, text, smaller) for one, text in found):
                query, again = smaller, True
                break
    return query


def _without_one(query):
    for key, value in query.items():
        rest = {name: one for name, one in query.items() if name != key}
        if isinstance(value, list) and len(value) > 1:
            for index in range(len(value)):
                yield {**query, key: value[:index] + value[index + 1:]}
        yield rest
        if key == 'filters':
            for index, one in enumerate(value):
                for branch in one.get('or', one.get('and', [])):
                    yield {**query, key: value[:index] + [branch] + value[index + 1:]}


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
"""How AWS Lambda scales against the connections of the database: where the first wall is, and what to set.

usage: scaling.py [--rate 100] [--busy-ms 40] [--load 100] [--account 1000] [--connections 200] [--pooler] [--capacity 4]
       scaling.py --check

Simulates second by second a rate of requests that is there at once, as after a campaign's mail: instances start at
most 1000 in ten seconds, each answers one request at a time and holds one connection from its first request on, and
stays for some minutes. Numbers of AWS are those of its documents ("AWS Lambda quotas", "Lambda function scaling",
"Maximum connections to Aurora Serverless v2"); nothing here was measured on AWS.
"""
import argparse
import math
import sys

# AWS, "Understanding Lambda function scaling": so many new instances of a function every ten seconds.
NEW_IN_TEN_SECONDS = 1000
# Aurora Serverless v2 keeps `max_connections` by its greatest capacity: LEAST(memory / 9531392 bytes, 5000), 2 GiB an ACU.
BYTES_PER_ACU = 2 << 30
BYTES_PER_CONNECTION = 9_531_392
MOST_CONNECTIONS = 5000
# A cold start of `load` with its secrets and its first connection, a cautious guess: see README.md.
COLD_START_MS = 300


def connections_of(capacity):
    """What an Aurora cluster of this greatest capacity (ACUs) allows, less those it keeps for itself."""
    return min(int(capacity * BYTES_PER_ACU / BYTES_PER_CONNECTION), MOST_CONNECTIONS) - 20


def needed(rate, busy_ms):
    """Instances at work at once: Little's law."""
    return math.ceil(rate * busy_ms / 1000)


def simulate(rate, busy_ms, load, account, connections, has_pooler, seconds=60):
    """For each second: instances, answered, throttled (429), without a connection (503)."""
    instances, rows = 0, []
    for second in range(seconds):
        most = min(load, account)
        grown = instances + NEW_IN_TEN_SECONDS // 10
        wanted = needed(rate, busy_ms)
        fresh = max(0, min(wanted, most, grown) - instances)
        instances += fresh
        # A new instance spends part of its first second starting.
        ready = instances - fresh * min(1, COLD_START_MS / 1000)
        # Behind a pooler a connection of the database is held for a transaction, not for an instance.
        with_connection = ready if has_pooler else min(ready, connections)
        served = with_connection * 1000 / busy_ms
        if has_pooler:
            served = min(served, connections * 1000 / busy_ms)
        taken = min(rate, ready * 1000 / busy_ms)
        rows.append((second, instances, min(rate, served), max(0, rate - taken), max(0, taken - min(taken, served))))
    return rows


def wall(rate, busy_ms, load, account, connections, has_pooler):
    """What is reached first, and what to set."""
    wanted = needed(rate, busy_ms)
    if load > account - 100:
        return f'the account: {load} instances are reserved, of {account}, and 100 have to stay. Have the quota raised, or take a smaller Size.'
    if wanted > load:
        return f'the reserved instances: {wanted} are needed and {load} are there, the rest is 429. Take the next Size.'
    if not has_pooler and load > connections:
        return (f'the connections: {load} instances may hold one each, and the database allows {connections}, the rest is 503. '
                'Put RDS Proxy or PgBouncer between, raise the capacity, or take a smaller Size.')
    if has_pooler and wanted > connections:
        return (f'the connections behind the pooler: {wanted} statements at once on {connections}, so that they wait. '
                'Raise the capacity: the database has no more processors than that anyway.')
    return f'none: {wanted} instances and connections at once, {load} instances and {connections} connections are there.'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rate', type=float, default=100, help='requests a second')
    parser.add_argument('--busy-ms', type=float, default=40, help='how long an instance is at work on one, the database included')
    parser.add_argument('--load', type=int, default=100, help='instances reserved for load')
    parser.add_argument('--account', type=int, default=1000, help='instances of the account')
    parser.add_argument('--capacity', type=float, help='greatest capacity of Aurora in ACUs, in place of --connections')
    parser.add_argument('--connections', type=int, default=200, help='connections that the database allows')
    parser.add_argument('--pooler', action='store_true', help='RDS Proxy or PgBouncer in transaction mode is between')
    parser.add_argument('--check', action='store_true', help='check the model against itself')
    asked = parser.parse_args()
    if asked.check:
        return check()
    connections = connections_of(asked.capacity) if asked.capacity else asked.connections
    numbers = (asked.rate, asked.busy_ms, asked.load, asked.account, connections, asked.pooler)
    print('second  instances  answered/s  429/s  503/s')
    for row in simulate(*numbers):
        if row[0] < 5 or row[0] % 10 == 0:
            print('{:6d}  {:9d}  {:10.0f}  {:5.0f}  {:5.0f}'.format(*row))
    print('first wall:', wall(*numbers))
    return 0


def check():
    """What the model has to say of cases whose answer is known."""
    last = lambda *numbers: simulate(*numbers)[-1][2:]
    cases = [
        ('enough of everything', last(100, 40, 100, 1000, 200, False) == (100, 0, 0)),
        ('too few instances', last(1000, 100, 50, 1000, 200, False) == (500, 500, 0)),
        ('too few connections', last(1000, 100, 100, 1000, 20, False) == (200, 0, 800)),
        ('a pooler shares connections, no processors', last(1000, 10, 100, 1000, 20, True) == (1000, 0, 0)),
        ('a thousand instances take ten seconds', [row[1] for row in simulate(10_000, 100, 1000, 2000, 2000, True)][9] == 1000),
        ('sizes of the template fit their database', all(
            load <= connections_of(capacity) for load, capacity in ((20, 4), (100, 16), (500, 64)))),
        ('the first wall is named', 'reserved instances' in wall(1000, 100, 50, 1000, 200, False)
         and 'RDS Proxy' in wall(100, 100, 100, 1000, 20, False) and wall(100, 40, 100, 1000, 200, False).startswith('none')),
    ]
    for name, holds in cases:
        print('ok' if holds else 'WRONG', name)
    return 0 if all(holds for _, holds in cases) else 1


if __name__ == '__main__':
    sys.exit(main())

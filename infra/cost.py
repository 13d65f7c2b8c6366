#!/usr/bin/env python3
"""What an installation needs and costs at 1, 100 and 10,000 requests a second, as the table of README.md has it.

usage: cost.py [--database-ms 10] [--database-cpu-ms 5]

The CPU of our own process per request is measured (docs/performance.md). How long a statement takes, and how much CPU of
the database, is the model's and the database's affair: put in what yours takes. Prices are list prices of us-east-1
without tiers; README.md says what they were held against. AWS's price pages have those of today.
"""
import argparse
import math

# CPU of `load` for a small answer, docs/performance.md: 191 us.
CPU_MS = 0.191
# AWS Lambda gives a whole processor at 1769 MB.
WHOLE_PROCESSOR_MB = 1769
# AWS does not say; a quarter of a processor to an ACU is the usual reckoning. Seven tenths of it at work.
PROCESSORS_PER_ACU = 0.25
LOAD_OF_DATABASE = 0.7
MOST_ACUS = 256
# A line of the audit log twice, one of metrics, one of the access log, and three of Lambda's own.
LOG_BYTES = 2200
SECONDS = 30 * 86_400

# US dollars.
LAMBDA_GB_SECOND = 0.0000133334
LAMBDA_MILLION = 0.20
GATEWAY_MILLION = 1.00
LOG_GB = 0.50
ACU_HOUR = 0.12
PROXY_ACU_HOUR = 0.015
PROXY_LEAST_ACUS = 8
# Two endpoints' addresses, the key, three secrets, twelve alarms, ten metrics of ours.
FIXED = 2 * 0.01 * 720 + 1 + 3 * 0.40 + 12 * 0.10 + 10 * 0.30


def need(rate, memory_mb, database_ms, database_cpu_ms):
    """Milliseconds at work per request, instances and connections, ACUs."""
    share = min(1, memory_mb / WHOLE_PROCESSOR_MB)
    busy_ms = CPU_MS / share + database_ms
    acus = rate * database_cpu_ms / 1000 / PROCESSORS_PER_ACU / LOAD_OF_DATABASE
    return busy_ms, max(1, math.ceil(rate * busy_ms / 1000)), max(0.5, math.ceil(acus * 2) / 2)


def cost(rate, memory_mb, busy_ms, acus):
    """Dollars a month: functions, gateway, logs, database with its proxy, everything else."""
    requests = rate * SECONDS
    functions = requests * busy_ms / 1000 * memory_mb / 1024 * LAMBDA_GB_SECOND + requests / 1e6 * LAMBDA_MILLION
    gateway = requests / 1e6 * GATEWAY_MILLION
    logs = requests * LOG_BYTES / 1e9 * LOG_GB
    database = acus * ACU_HOUR * 720 + max(acus, PROXY_LEAST_ACUS) * PROXY_ACU_HOUR * 720
    return functions, gateway, logs, database, FIXED


def table(database_ms, database_cpu_ms):
    """Lines of Markdown."""
    yield '| requests a second | size | at work per request | instances, connections | ACUs | functions | gateway | logs | database | rest | a month |'
    yield '|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|'
    for rate, size, memory_mb in ((1, 'S', 512), (100, 'M', 1024), (10_000, 'L', 1769)):
        busy_ms, instances, acus = need(rate, memory_mb, database_ms, database_cpu_ms)
        parts = cost(rate, memory_mb, busy_ms, acus)
        note = ' (one cluster has 256)' if acus > MOST_ACUS else ''
        cells = [f'{rate:,}', size, f'{busy_ms:.1f} ms', str(instances), f'{acus:g}{note}', *(f'${part:,.0f}' for part in parts), f'${sum(parts):,.0f}']
        yield f'| {" | ".join(cells)} |'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--database-ms', type=float, default=10, help='from a statement to its last row')
    parser.add_argument('--database-cpu-ms', type=float, default=5, help='CPU of the database for it')
    asked = parser.parse_args()
    print('\n'.join(table(asked.database_ms, asked.database_cpu_ms)))


if __name__ == '__main__':
    main()

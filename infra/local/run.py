#!/usr/bin/env python3
"""Runs the demo: a PostgreSQL with a shop in it, and the Lambda functions under `cargo lambda watch`.

usage: run.py [--port PORT]

Ctrl-C (or `make stop`) ends all it started.
"""
import argparse
import json
import os
import signal
import sys
import threading
import time
import urllib.parse

import cluster
import emulator
import install
import running
import secret
from tools import ROOT, TOOLS, Missing, say

DEFAULT_PORT = 4000
CLIENT = 'demo'
USER = 42


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--port', type=int, help=f'default {DEFAULT_PORT}, or any free one when that is taken')
    asked = parser.parse_args().port
    already = running.read()
    if already['processes']:
        sys.exit(f"already running at {already['url']}; `make stop` ends it")
    say('Tessera on this machine: a PostgreSQL with a demo shop, and the Lambda functions behind their routes.')
    say('The first time takes a few minutes, most of it compiling; after that some seconds. Ctrl-C stops everything.')
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    started = {}
    try:
        _run(asked, started)
    except Missing as reason:
        sys.exit(f'cannot go on: {reason}')
    except KeyboardInterrupt:
        say('\nstopping')
    finally:
        _stop(started)


def _run(asked, started):
    logs = TOOLS / 'logs'
    logs.mkdir(parents=True, exist_ok=True)
    port = cluster.free_port(asked or DEFAULT_PORT)
    if asked and port != asked:
        raise Missing(f'port {asked} is taken; choose another with PORT=')

    say('1/4 tools')
    paths, secrets = install.for_run(), secret.read_or_make()
    say('2/4 database')
    data = cluster.prepare(paths['postgres'], secrets['database_password'])
    database_port = cluster.free_port()
    started['postgres'] = cluster.start(paths['postgres'], data, database_port, open(logs / 'postgres.log', 'w'))
    _note(port, started)

    say('3/4 functions')
    settings = _settings(secrets, database_port)
    emulator.build(dict(os.environ, **settings))
    log = open(logs / 'functions.log', 'w')
    started['emulator'] = emulator.start(paths, port, settings, log)
    _note(port, started)
    say('4/4 first request')
    emulator.wait_until_ready(started['emulator'], port, log.name)
    _show(port, secrets, logs)
    _watch(started, logs)


def _settings(secrets, database_port):
    """The environment of the functions: what `examples/ecommerce/.env.example` explains."""
    return {
        'CUBEJS_API_SECRET': secrets['api_secret'],
        'CUBEJS_DB_TYPE': 'postgres',
        'CUBEJS_DB_HOST': '127.0.0.1',
        'CUBEJS_DB_PORT': str(database_port),
        'CUBEJS_DB_NAME': cluster.DATABASE,
        'CUBEJS_DB_USER': cluster.USER,
        'CUBEJS_DB_PASS': secrets['database_password'],
        'CUBEJS_SCHEMA_PATH': str(ROOT / 'examples' / 'ecommerce' / 'model'),
        'TESSERA_CLIENTS': json.dumps(_clients(secrets['client_secret'])),
    }


def _clients(client_secret):
    """Who may ask for a token: one client, which may say for which of some users."""
    return {'clients': [{'id': CLIENT, 'secret': client_secret, 'allowed': {'user_id': [USER, USER + 1, USER + 2]}}]}


def _show(port, secrets, logs):
    """The last lines on the screen: where it is, a token, and commands that work as they stand."""
    url = f'http://127.0.0.1:{port}/cubejs-api'
    anybody, user = token(port, secrets, {}), token(port, secrets, {'user_id': USER})
    say('')
    say(f'ready. Requests are logged in {logs / "functions.log"}; edit the model or the code, and the functions start anew.')
    say(f"\nOnly user {USER}'s own orders, by the row filter of examples/ecommerce/model/my_orders.yml:\n")
    say(_curl(url, user, 'my_orders'))
    say('\nAnother token, from the token function:\n')
    say(f"curl -s -u {CLIENT}:{secrets['client_secret']} http://127.0.0.1:{port}/auth/cubejs-token")
    say('\nAll orders by status:\n')
    say(f'URL    {url}')
    say(f'token  {anybody}\n')
    say(_curl(url, anybody, 'orders'))


def _curl(url, token, cube):
    query = json.dumps({'measures': [f'{cube}.count'], 'dimensions': [f'{cube}.status']}, separators=(',', ':'))
    return f"curl -s -H 'Authorization: {token}' '{url}/v1/load?query={urllib.parse.quote(query, safe=':,.')}'"


def token(port, secrets, claims):
    status, body = emulator.request(port, 'POST', '/auth/token', {
        'client_id': CLIENT, 'client_secret': secrets['client_secret'], 'claims': claims}, timeout=120)
    if status != 200:
        raise Missing(f'the token function answered {status} {body[:200]}')
    return json.loads(body)['token']


def _watch(started, logs):
    while True:
        for name, process in started.items():
            if process.poll() is not None:
                raise Missing(f'{name} has stopped; the logs are in {logs}')
        time.sleep(0.5)


def _note(port, started):
    processes = {name: process.pid for name, process in started.items()}
    running.write(f'http://127.0.0.1:{port}/cubejs-api', dict(processes, supervisor=os.getpid()))


def _stop(started):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name, sign in (('emulator', signal.SIGTERM), ('postgres', signal.SIGINT)):
        process = started.get(name)
        if process is not None and process.poll() is None:
            reaper = threading.Thread(target=process.wait, daemon=True)
            reaper.start()
            running.stop(process.pid, sign)
            say(f'stopped {name}')
    running.forget()


if __name__ == '__main__':
    main()

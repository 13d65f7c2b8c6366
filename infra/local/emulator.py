"""`cargo lambda watch`: the functions behind the routes of the real API Gateway."""
import http.client
import json
import os
import subprocess
import time

from tools import ROOT, Missing

FUNCTIONS = ('load', 'token')
CONCURRENCY = 4


def build(environment):
    """Compiles the functions, with cargo's own progress on the screen."""
    command = ['cargo', 'build', '--locked'] + [part for name in FUNCTIONS for part in ('-p', name)]
    if subprocess.run(command, cwd=ROOT, env=environment).returncode != 0:
        raise Missing('the functions did not compile')


def start(paths, port, settings, log):
    """The running emulator as a `Popen`; the functions start with the first request to each."""
    environment = dict(os.environ, **settings)
    environment['PATH'] = paths['cargo_lambda'] + os.pathsep + environment['PATH']
    return subprocess.Popen(
        ['cargo', 'lambda', 'watch', '-A', '127.0.0.1', '-P', str(port), '--disable-cors', '--concurrency', str(CONCURRENCY)],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def wait_until_ready(process, port, log_name):
    """Returns when `/readyz` answers 200; raises with the last answer after three minutes."""
    deadline, last = time.monotonic() + 180, 'nothing'
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Missing(f'cargo lambda watch stopped; its log is {log_name}')
        try:
            status, body = request(port, 'GET', '/readyz', timeout=120)
            if status == 200:
                return
            last = f'{status} {body[:200]}'
        except OSError as error:
            last = str(error)
        time.sleep(0.3)
    raise Missing(f'the functions are not ready: the last answer was {last}; their log is {log_name}')


def request(port, method, path, body=None, headers=None, timeout=30):
    """Status and text of one request to the emulator."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
    try:
        connection.request(method, path, None if body is None else json.dumps(body),
                           dict(headers or {}, **({} if body is None else {'Content-Type': 'application/json'})))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors='replace')
    except http.client.HTTPException as error:
        raise OSError(str(error) or type(error).__name__) from error
    finally:
        connection.close()

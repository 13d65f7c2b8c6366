"""What the oracle starts: one PostgreSQL, the peers (two versions of Cube) and `tessera serve`, all on 127.0.0.1."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.parse
from pathlib import Path

import cluster
import install
import packages
import secret
from tools import ROOT, TOOLS, Missing, say

HERE = Path(__file__).resolve().parent
WORK = TOOLS / 'oracle'
CONFORMANCE = ROOT / 'tests' / 'conformance'
BASE = '/cubejs-api/v1'
URL_BYTES_MAX = 2000
PEERS = ('cube-1.7', 'cube-0.33')
READY_SECONDS = 120
ANSWER_SECONDS = 120


class Server:
    """One API server: its name, its port and its process."""

    def __init__(self, name, command, settings, port):
        self.name, self.port = name, port
        self.log = WORK / f'{name}.log'
        self._secret = settings['CUBEJS_API_SECRET']
        kept = {key: value for key, value in os.environ.items() if not key.startswith(('CUBEJS_', 'TESSERA_', 'PG'))}
        self.process = subprocess.Popen(command, cwd=WORK / f'project-{name}', env=dict(kept, PORT=str(port), **settings),
                                        stdin=subprocess.DEVNULL, stdout=open(self.log, 'w'), stderr=subprocess.STDOUT)

    def wait(self):
        """Returns when it answers; raises with the name of its log after two minutes."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Missing(f'{self.name} stopped at once; its log is {self.log}')
            try:
                if self.get('meta')[0] == 200:
                    return
            except OSError:
                time.sleep(0.2)
        raise Missing(f'{self.name} does not answer; its log is {self.log}')

    def get(self, route, context=None, **parameters):
        """Status and JSON of `GET /v1/<route>`, or of a POST when the URL would be long; waits while it says so."""
        authorization = token(context or {}, self._secret)
        path = f'{BASE}/{route}'
        if parameters:
            path += '?' + urllib.parse.urlencode(
                {key: value if isinstance(value, str) else json.dumps(value) for key, value in parameters.items()})
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            status, answer = self._send(path, parameters, route, authorization)
            if not isinstance(answer, dict) or answer.get('error') != 'Continue wait' or time.monotonic() > deadline:
                return status, answer

    def _send(self, path, parameters, route, authorization):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=ANSWER_SECONDS)
        headers = {'Authorization': authorization}
        try:
            if len(path) > URL_BYTES_MAX:
                headers['Content-Type'] = 'application/json'
                connection.request('POST', f'{BASE}/{route}', json.dumps(parameters), headers)
            else:
                connection.request('GET', path, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors='replace')
            try:
                return answer.status, json.loads(text)
            except ValueError:
                return answer.status, {'error': text}
        except http.client.HTTPException as error:
            raise OSError(str(error) or type(error).__name__) from error
        finally:
            connection.close()

    def stop(self):
        """Ends it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def token(context, api_secret):
    """A token for an hour with the claims `context`, signed HS256."""
    def encoded(part):
        return base64.urlsafe_b64encode(part).rstrip(b'=').decode()
    now = int(time.time())
    claims = json.dumps({'iat': now, 'exp': now + 3600, **context}).encode()
    text = encoded(b'{"alg":"HS256","typ":"JWT"}') + '.' + encoded(claims)
    return text + '.' + encoded(hmac.new(api_secret.encode(), text.encode(), hashlib.sha256).digest())


def install_peer(name):
    """The folder with the packages of one Cube, installed once."""
    folder, source = WORK / name, HERE / 'peers' / name
    lock = (source / 'package-lock.json').read_text()
    stamp = folder / '.installed'
    if not stamp.exists() or stamp.read_text() != lock:
        say(f'  {name} from npm (about 200 MB, half a minute)')
        folder.mkdir(parents=True, exist_ok=True)
        for file in ('package.json', 'package-lock.json'):
            shutil.copy(source / file, folder)
        packages.npm(folder, 'ci')
        stamp.write_text(lock)
    return folder


def postgres(name, seed, about, settings=()):
    """A running PostgreSQL that holds the rows of `seed`: process, `CUBEJS_DB_*` variables and its programs' table."""
    found, password = install.for_test()['postgres'], secret.read_or_make()['database_password']
    data = cluster.prepare(found, password, name, seed, about)
    port = cluster.free_port()
    process = cluster.start(found, data, port, open(WORK / f'{name}.log', 'w'), settings)
    return process, {
        'CUBEJS_DB_TYPE': 'postgres', 'CUBEJS_DB_HOST': '127.0.0.1', 'CUBEJS_DB_PORT': str(port),
        'CUBEJS_DB_NAME': cluster.DATABASE, 'CUBEJS_DB_USER': cluster.USER, 'CUBEJS_DB_PASS': password,
        'CUBEJS_API_SECRET': secret.read_or_make()['api_secret'],
    }


def project(name, models):
    """A fresh project folder for one server with these model files, whose meta numbers are text for every server alike."""
    folder = WORK / f'project-{name}'
    shutil.rmtree(folder, ignore_errors=True)
    (folder / 'model').mkdir(parents=True)
    for model in models:
        # 0.33 refuses numbers in meta.
        text = re.sub(r'(nested: \{ a: )(\d+)', r'\1"\2"', model.read_text())
        (folder / 'model' / model.name).write_text(text)


def cube(name, models, database):
    """A running Cube of one of the `PEERS`."""
    node = shutil.which('node')
    if node is None:
        raise Missing('node was not found; install Node.js 20 or newer')
    folder = install_peer(name)
    project(name, models)
    preloaded = ['loopback.js'] + (['native.js'] if name != 'cube-0.33' else [])
    command = [node, *(part for file in preloaded for part in ('-r', HERE / 'peers' / file)), HERE / 'peers' / 'serve.js', folder]
    return Server(name, command, dict(
        database, CUBEJS_DEV_MODE='false', NODE_ENV='production', CUBEJS_TELEMETRY='false', CUBEJS_SCHEMA_PATH='model',
        CUBEJS_CACHE_AND_QUEUE_DRIVER='memory', CUBEJS_REFRESH_WORKER='false', CUBEJS_SCHEDULED_REFRESH_TIMER='false',
        CUBEJS_TESSERACT_SQL_PLANNER='false', CUBEJS_TRANSPILATION_NATIVE='false'), cluster.free_port())


def ours(models, database, profile='debug'):
    """A running `tessera serve`, built first."""
    if subprocess.run(['cargo', 'build', '--locked', '--quiet', '--package', 'tessera',
                       *(['--release'] if profile == 'release' else [])], cwd=ROOT).returncode:
        raise Missing('tessera did not compile')
    project('tessera', models)
    target = Path(os.environ.get('CARGO_TARGET_DIR', ROOT / 'target'))
    port = cluster.free_port()
    command = [target / profile / 'tessera', 'serve', WORK / 'project-tessera', '--port', str(port)]
    return Server('tessera', command, database, port)

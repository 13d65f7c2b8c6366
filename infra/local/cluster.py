"""PostgreSQL clusters of the verbs: created once, filled once, started on a free port."""
import hashlib
import os
import shutil
import socket
import subprocess
import time

from tools import ROOT, Missing, as_user, call, say, server_user, state

SEED = ROOT / 'examples' / 'ecommerce' / 'seed.sql'
HLL = b'CREATE EXTENSION IF NOT EXISTS hll;'
DATABASE = 'postgres'
USER = 'shop'    # may SELECT and nothing else, as a data model's user should


def free_port(preferred=None):
    """A loopback port nobody listens on: `preferred` when it is free."""
    for port in (preferred or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('127.0.0.1', port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise Missing('no free port on 127.0.0.1')


def prepare(server, password, name='shop', seed=SEED, about='the demo shop: 50,000 orders, 200,000 line items (about 10 s)'):
    """The data folder of the cluster `name`, made and filled when it is not there yet or when the seed has changed."""
    data = state() / f"{name}-{server['version']}"
    stamp = data.with_suffix('.loaded')
    rows = seed.read_bytes() if server['hll'] else seed.read_bytes().replace(HLL, b'')
    wanted = hashlib.sha256(rows + password.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and (data / 'PG_VERSION').exists():
        return data
    stamp.unlink(missing_ok=True)
    if data.exists():
        shutil.rmtree(data)
    say(f'  a new database with {about}')
    _create(server, data, password)
    _load(server, data, password, rows)
    stamp.write_text(wanted)
    return data


def _create(server, data, password):
    user = server_user()
    data.mkdir(mode=0o700)
    secret = data.with_suffix('.password')
    secret.write_text(password + '\n')
    secret.chmod(0o600)
    if user:
        os.chown(data, user.pw_uid, user.pw_gid)
        os.chown(secret, user.pw_uid, user.pw_gid)
    try:
        call([f"{server['bin']}/initdb", '-D', data, '-U', 'postgres', f'--pwfile={secret}', '-A', 'scram-sha-256',
              '-E', 'UTF8', f"--locale={server['locale']}", '--no-sync'], 'initdb', cwd='/', env=environment(server), **as_user(user))
    finally:
        secret.unlink()


def _load(server, data, password, rows):
    """Runs the seed in the server's single-user mode: no port, no client program, and as fast as COPY."""
    role = f"""

CREATE ROLE {USER} LOGIN PASSWORD '{password}';

GRANT SELECT ON ALL TABLES IN SCHEMA public TO {USER};
"""
    done = subprocess.run([f"{server['bin']}/postgres", '--single', '-j', '-D', str(data), '-c', 'fsync=off',
                           '-c', 'log_checkpoints=off', '-c', 'password_encryption=scram-sha-256', DATABASE],
                          input=rows + role.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd='/',
                          env=environment(server), **as_user(server_user()))
    wrong = [line for line in done.stderr.decode(errors='replace').splitlines() if 'ERROR' in line or 'FATAL' in line]
    if done.returncode != 0 or wrong:
        raise Missing('loading the rows failed:\n    ' + '\n    '.join(wrong[:5] or [f'postgres ended with {done.returncode}']))


def start(server, data, port, log, settings=()):
    """The running server as a `Popen`; returns when it accepts connections. SIGINT stops it."""
    process = subprocess.Popen(
        [f"{server['bin']}/postgres", '-D', str(data), '-p', str(port), '-c', 'listen_addresses=127.0.0.1',
         '-c', 'unix_socket_directories=', *(part for setting in settings for part in ('-c', setting))], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd='/',
        env=environment(server), start_new_session=True, **as_user(server_user()))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Missing(f'PostgreSQL stopped at once; its log is {log.name}')
        status = data / 'postmaster.pid'
        lines = status.read_text().splitlines() if status.exists() else []
        if lines[:1] == [str(process.pid)] and lines[7:8] == ['ready   ']:
            return process
        time.sleep(0.05)
    process.terminate()
    raise Missing(f'PostgreSQL did not start within a minute; its log is {log.name}')


def environment(server):
    """The environment of the server's programs: nothing of ours that could lead them elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith('PG')}
    kept['LC_ALL'] = 'C'
    if server['libraries']:
        kept['LD_LIBRARY_PATH'] = server['libraries']
    return kept

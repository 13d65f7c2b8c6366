#!/usr/bin/env python3
"""Builds the functions for AWS Lambda: one zip each, below `target/ARCH/lambda/`.

usage: build.py [arm64|x86-64] [PROJECT]

With the folder of a project the zip of `load` carries its compiled data model, so that a cold start reads no sources.
"""
import os
import subprocess
import sys
import zipfile

import cargo_lambda
from tools import ROOT, TOOLS, Missing, say

# The two architectures would leave files in each other's folders.
TARGETS = {'arm64': ('--arm64', 'target/arm64'), 'x86-64': ('--x86-64', 'target/x86-64')}


def main():
    architecture, project = (sys.argv[1:] + ['', ''])[:2]
    architecture = architecture or 'arm64'
    if architecture not in TARGETS:
        sys.exit(__doc__)
    flag, folder = TARGETS[architecture]
    TOOLS.mkdir(exist_ok=True)
    say('Building the functions (a few minutes)')
    try:
        path = cargo_lambda.find_or_install() + os.pathsep + os.environ['PATH']
    except Missing as reason:
        sys.exit(f'cannot go on: {reason}')
    command = ['cargo', 'lambda', 'build', '--release', flag, '--output-format', 'zip', '--locked',
               '--package', 'load', '--package', 'token']
    # Not `--target-dir`, which cargo-lambda 1.9 hands on to `cargo metadata`, which has no such option.
    environment = dict(os.environ, PATH=path, CARGO_TARGET_DIR=str(ROOT / folder))
    status = subprocess.run(command, cwd=ROOT, env=environment).returncode
    if status == 0 and project:
        status = add_model(ROOT / folder / 'lambda' / 'load' / 'bootstrap.zip', project)
    elif status == 0:
        say('  without a data model: name a project with PROJECT=folder to have it in the zip of load')
    if status == 0:
        for file in sorted((ROOT / folder / 'lambda').glob('*/bootstrap.zip')):
            say(f'  {file.relative_to(ROOT)}  {file.stat().st_size / 1e6:.1f} MB')
    sys.exit(status)


def add_model(archive, project):
    """Compiles the project's model with the compiler of this tree and puts it where `load` looks for it."""
    model = archive.parent / 'model.tessera'
    command = ['cargo', 'run', '--locked', '--quiet', '--package', 'tessera', '--', 'compile', project, '--output', model]
    status = subprocess.run(command, cwd=ROOT).returncode
    if status == 0:
        with zipfile.ZipFile(archive, 'a', zipfile.ZIP_DEFLATED) as package:
            package.write(model, 'model/model.tessera')
    return status


if __name__ == '__main__':
    main()

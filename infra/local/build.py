#!/usr/bin/env python3
"""Builds the functions for AWS Lambda: one zip each, below `target/ARCH/lambda/`.

usage: build.py [arm64|x86-64] [PROJECT]

With the folder of a project the zip of `load` carries its compiled data model, so that a cold start reads no sources; the
sources of a model that is compiled for each caller; and `cube.js` with the files of code beside it. The zip of `token`
carries its `token-policy.yml`, if it has one.
"""
import os
import subprocess
import sys
import zipfile
from pathlib import Path

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
               '--package', 'load', '--package', 'token', '--package', 'rotate-secret']
    # Not `--target-dir`, which cargo-lambda 1.9 hands on to `cargo metadata`, which has no such option.
    environment = dict(os.environ, PATH=path, CARGO_TARGET_DIR=str(ROOT / folder))
    status = subprocess.run(command, cwd=ROOT, env=environment).returncode
    if status == 0 and project:
        add_policy(ROOT / folder / 'lambda' / 'token' / 'bootstrap.zip', Path(project))
        status = add_project(ROOT / folder / 'lambda' / 'load' / 'bootstrap.zip', Path(project))
    elif status == 0:
        say('  without a data model: name a project with PROJECT=folder to have it in the zip of load')
    if status == 0:
        for file in sorted((ROOT / folder / 'lambda').glob('*/bootstrap.zip')):
            say(f'  {file.relative_to(ROOT)}  {file.stat().st_size / 1e6:.1f} MB')
    sys.exit(status)


# The names of the project's own code, and what it may import or hand out as a model.
CODE = ('cube.js', 'cube.ts', 'cube.mjs', 'cube.cjs')
ENDINGS = {'.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '.yml', '.yaml', '.jinja'}


# Who may have which claims: for `TESSERA_TOKEN_POLICY`, and no business of `load`.
POLICY = 'token-policy.yml'


def add_policy(archive, project):
    """Puts the project's token policy beside the program that reads it."""
    if (project / POLICY).is_file():
        with zipfile.ZipFile(archive, 'a', zipfile.ZIP_DEFLATED) as package:
            package.write(project / POLICY, POLICY)


def add_project(archive, project):
    """Puts the project's model and code where `load` looks for them; the exit status.

    The model is compiled with the compiler of this tree. One that reads COMPILE_CONTEXT cannot be compiled before a
    caller asks, so its sources go along. Code that was left out would be a project without its rules.
    """
    if (project / 'cube.py').exists():
        say('  cube.py is not supported: write its rules in cube.js')
        return 1
    has_code = any((project / name).is_file() for name in CODE)
    folder = next((project / name for name in ('model', 'schema') if (project / name).is_dir()), None)
    model = archive.parent / 'model.tessera'
    with zipfile.ZipFile(archive, 'a', zipfile.ZIP_DEFLATED) as package:
        if folder is None and has_code:
            say('  without a model: cube.js has to hand out its files (`repositoryFactory`)')
        elif compile_model(project, model) == 0:
            package.write(model, 'model/model.tessera')
        elif folder is not None and any('COMPILE_CONTEXT' in file.read_text() for file in files_of_code(folder)):
            say('  with the sources of the model, which is compiled for each caller')
            for file in files_of_code(folder):
                package.write(file, Path('model') / file.relative_to(folder))
        else:
            return 1
        for file in files_of_code(project) if has_code else []:
            if file != project / POLICY and (folder is None or folder not in file.parents):
                package.write(file, file.relative_to(project))
    return 0


def compile_model(project, model):
    command = ['cargo', 'run', '--locked', '--quiet', '--package', 'tessera', '--', 'compile', project, '--output', model]
    return subprocess.run(command, cwd=ROOT).returncode


def files_of_code(folder):
    """The files below a folder that hold code, models or data; none that is hidden, no package of npm's."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith('.') or path.name == 'node_modules':
            continue
        if path.is_dir():
            yield from files_of_code(path)
        elif path.suffix in ENDINGS:
            yield path


if __name__ == '__main__':
    main()

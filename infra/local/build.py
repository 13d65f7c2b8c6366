#!/usr/bin/env python3
"""Builds the functions for AWS Lambda: one zip each, below `target/ARCH/lambda/`.

usage: build.py [arm64|x86-64] [PROJECT]

With the folder of a project the packages carry what of it their functions need, in the folder `project`: that of `load`
the compiled data model, so that a cold start reads no sources; the sources of a model that is compiled for each caller;
and `cube.js` with the files of code beside it. That of `token` has its `token-policy.yml`. Certificate authorities of the
database (`*.pem`) go to those who connect to it. The same files lie in `target/package/FUNCTION`, where
`cargo lambda deploy` finds them (`package.metadata.lambda.deploy` in each function's Cargo.toml).
"""
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import cargo_lambda
from tools import ROOT, TOOLS, Missing, say

# The two architectures would leave files in each other's folders.
TARGETS = {'arm64': ('--arm64', 'target/arm64'), 'x86-64': ('--x86-64', 'target/x86-64')}
PACKAGES = ROOT / 'target' / 'package'

# AWS Lambda, "Quotas": a package as it is uploaded, and what it unpacks to.
MOST_ZIPPED = 50 << 20
MOST_UNZIPPED = 250 << 20

# The names of the project's own code, and what it may import or hand out as a model.
CODE = ('cube.js', 'cube.ts', 'cube.mjs', 'cube.cjs')
ENDINGS = {'.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '.yml', '.yaml', '.jinja'}

# Who may have which claims: for `TESSERA_TOKEN_POLICY`, and no business of `load`.
POLICY = 'token-policy.yml'


def functions():
    """The names of all functions."""
    return sorted(path.parent.name for path in (ROOT / 'functions').glob('*/Cargo.toml'))


def main():
    architecture, project = (sys.argv[1:] + ['', ''])[:2]
    if architecture not in ('', *TARGETS):
        sys.exit(__doc__)
    try:
        build(architecture or 'arm64', project and Path(project))
    except Missing as reason:
        sys.exit(f'cannot go on: {reason}')


def build(architecture, project, only=None, keep=False):
    """Builds and packs all functions, or one; prints the zips with their sizes.

    With `keep` the packages carry what was laid out of a project before.
    """
    names = [only] if only else functions()
    if not keep:
        stage(project)
    flag, folder = TARGETS[architecture]
    TOOLS.mkdir(exist_ok=True)
    say(f'Building the functions for {architecture} (a few minutes)')
    path = cargo_lambda.find_or_install() + os.pathsep + os.environ['PATH']
    command = ['cargo', 'lambda', 'build', '--release', flag, '--locked']
    command += [part for name in names for part in ('--package', name)]
    # Not `--target-dir`, which cargo-lambda 1.9 hands on to `cargo metadata`, which has no such option.
    environment = dict(os.environ, PATH=path, CARGO_TARGET_DIR=str(ROOT / folder))
    if subprocess.run(command, cwd=ROOT, env=environment).returncode != 0:
        raise Missing('the functions did not compile')
    for name in names:
        archive = pack(ROOT / folder / 'lambda' / name, PACKAGES / name)
        say(f'  {archive.relative_to(ROOT)}  {archive.stat().st_size / (1 << 20):.1f} MiB')


def pack(folder, files):
    """The zip of a function: its program, and beside it the folder `project` with its files of the project."""
    archive = folder / 'bootstrap.zip'
    with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        package.write(folder / 'bootstrap', 'bootstrap')
        for file in sorted(files.rglob('*')):
            if file.is_file():
                package.write(file, Path('project') / file.relative_to(files))
    with zipfile.ZipFile(archive) as package:
        unzipped = sum(entry.file_size for entry in package.infolist())
    check_size(archive.stat().st_size, unzipped, folder.name)
    return archive


def check_size(zipped, unzipped, name):
    """Refuses a package that AWS Lambda would refuse."""
    for size, most, what in ((zipped, MOST_ZIPPED, 'zipped'), (unzipped, MOST_UNZIPPED, 'unzipped')):
        if size > most:
            raise Missing(f'the package of {name} has {size >> 20} MiB {what}, and AWS Lambda takes {most >> 20}: '
                          'is there data among the files of the project?')


# The compiler of this tree.
TESSERA = ('cargo', 'run', '--locked', '--quiet', '--package', 'tessera', '--')


def stage(project, tessera=TESSERA):
    """Lays out what of a project each package carries, in place of what was there. `tessera` is the command."""
    for name in functions():
        shutil.rmtree(PACKAGES / name, ignore_errors=True)
        (PACKAGES / name).mkdir(parents=True)
    if not project:
        say('  without a data model: name a project with PROJECT=folder to have it in the package of load')
        return
    if not project.is_dir():
        raise Missing(f'{project} is no folder')
    stage_project(PACKAGES / 'load', project, tessera)
    if (project / POLICY).is_file():
        shutil.copy(project / POLICY, PACKAGES / 'token')
    for certificate in project.glob('*.pem'):
        if 'PRIVATE KEY' in certificate.read_text():
            raise Missing(f'{certificate} holds a private key: keep it in AWS Secrets Manager, not in the project')
        for name in ('load', 'rotate-secret'):
            shutil.copy(certificate, PACKAGES / name)


def stage_project(folder, project, tessera):
    """Puts the project's model and code where `load` looks for them.

    The model is compiled with the compiler of this tree. One that reads COMPILE_CONTEXT cannot be compiled before a
    caller asks, so its sources go along. Code that was left out would be a project without its rules.
    """
    if (project / 'cube.py').exists():
        raise Missing('cube.py is not supported: write its rules in cube.js')
    has_code = any((project / name).is_file() for name in CODE)
    model = next((project / name for name in ('model', 'schema') if (project / name).is_dir()), None)
    if model is None and not has_code:
        raise Missing(f'{project} has no data model: its files belong into the folder model')
    if model is not None and not any(files_of_code(model)):
        raise Missing(f'{model} is empty: a data model has at least one cube, such as `tessera create` makes')
    if model is None:
        say('  without a model: cube.js has to hand out its files (`repositoryFactory`)')
    elif not compile_model(project, folder / 'model' / 'model.tessera', tessera):
        if not any('COMPILE_CONTEXT' in file.read_text() for file in files_of_code(model)):
            raise Missing('the data model does not compile')
        say('  with the sources of the model, which is compiled for each caller')
        for file in files_of_code(model):
            put(file, folder / 'model' / file.relative_to(model))
    for file in files_of_code(project) if has_code else []:
        if file != project / POLICY and (model is None or model not in file.parents):
            put(file, folder / file.relative_to(project))


def put(file, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, place)


def compile_model(project, file, tessera):
    """Whether the model could be compiled into this file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return subprocess.run([*tessera, 'compile', project, '--output', file], cwd=ROOT).returncode == 0


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

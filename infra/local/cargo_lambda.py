"""cargo-lambda: the Lambda emulator and the builder of functions."""
import os
import shutil
import subprocess

import packages


def find_or_install():
    """The folder that must be on PATH so that `cargo lambda` works."""
    on_path = shutil.which('cargo-lambda')
    if on_path and _works(os.path.dirname(on_path)):
        return os.path.dirname(on_path)
    packages.python('requirements-build.txt')
    folder = str(packages.VENV / 'bin')
    if not _works(folder):
        raise packages.Missing('cargo-lambda was installed but `cargo lambda --version` does not run; is cargo on PATH?')
    return folder


def _works(folder):
    environment = dict(os.environ, PATH=folder + os.pathsep + os.environ['PATH'])
    return shutil.which('cargo') is not None and subprocess.run(
        ['cargo', 'lambda', '--version'], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

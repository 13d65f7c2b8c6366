"""Feeds what reads bytes of strangers with bytes of chance, a while each.

usage: fuzz.py [SECONDS]
"""

import os
import pathlib
import shutil
import subprocess
import sys

import tools

FUZZ = tools.ROOT / "tests" / "fuzz"

# Each target, and the folder of seeds that it begins with.
TARGETS = {
    "jwt_parse": "tokens",
    "jwt_verify": "tokens",
    "jwks_parse": "key_sets",
    "secret_json": "secrets",
}


def cargo_fuzz():
    """Environment with cargo-fuzz on PATH; installs it into .tools/ when it is nowhere."""
    folder = tools.TOOLS / "cargo"
    environment = dict(os.environ)
    environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{environment['PATH']}"
    # The sanitizer is a feature of nightly compilers; a stable one has it too when it is told so.
    environment["RUSTC_BOOTSTRAP"] = "1"
    found = subprocess.run(["cargo", "fuzz", "--version"], env=environment, capture_output=True)
    if found.returncode != 0:
        print("installing cargo-fuzz into .tools/cargo", flush=True)
        subprocess.run(["cargo", "install", "--locked", "--root", folder, "cargo-fuzz"], check=True)
    return environment


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    environment = cargo_fuzz()
    # A workspace of its own, since its programs are built with a sanitizer, but of the same versions.
    shutil.copy(tools.ROOT / "Cargo.lock", FUZZ / "Cargo.lock")
    for target, seeds in TARGETS.items():
        found = FUZZ / "found" / target
        found.mkdir(parents=True, exist_ok=True)
        print(f"{target}: {seconds} s", flush=True)
        command = ["cargo", "fuzz", "run", "--fuzz-dir", FUZZ, target, found]
        command += [FUZZ / "corpus" / seeds, "--"]
        command += [f"-max_total_time={seconds}", "-max_len=16384", "-timeout=10", "-print_final_stats=1"]
        if subprocess.run(command, env=environment).returncode != 0:
            sys.exit(f"{target} failed: the input lies in {pathlib.Path('tests/fuzz/artifacts') / target}")


if __name__ == "__main__":
    main()

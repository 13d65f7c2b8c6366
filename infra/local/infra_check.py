#!/usr/bin/env python3
"""Checks the templates as far as that can be done without an account of AWS.

usage: infra_check.py

Lints them (cfn-lint, sam), holds them against rules of security (checkov), deploys them to moto and compares what they
declare with what is there; deploys every function with cargo-lambda; and has the package of `load`, as it was uploaded,
answer a query of the demo. The tools are installed into `.tools/` the first time (about a minute, 600 MB).
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import packages
from tools import ROOT, TOOLS, Missing, call, say

INFRA = TOOLS / 'infra'
POLICY = TOOLS / 'policy'
TEMPLATES = sorted(file for file in (ROOT / 'infra').glob('*.yaml') if not file.name.startswith('.'))
# Of lists of what is not to be checked: two letters and digits, or CKV_..., in a line of its own.
SUPPRESSION = re.compile(r'^\s*- (CKV\w+|[WEI]\d{4})\b(.*)$')


def main():
    packages.python('requirements-infra.txt', INFRA)
    packages.python('requirements-policy.txt', POLICY)
    python = INFRA / 'bin' / 'python'
    if Path(sys.prefix) != INFRA:
        os.execv(python, [str(python), '-B', *sys.argv])
    try:
        check()
    except Missing as reason:
        sys.exit(f'cannot go on: {reason}')


def check():
    os.environ.update(AWS_DEFAULT_REGION='us-east-1', SAM_CLI_TELEMETRY='0')
    say('1/4 lint')
    for file in (*TEMPLATES, ROOT / 'infra' / '.checkov.yaml'):
        check_suppressions(file)
    call([INFRA / 'bin' / 'cfn-lint', *TEMPLATES], 'cfn-lint', cwd=ROOT)
    call([INFRA / 'bin' / 'sam', 'validate', '--lint', '--template', ROOT / 'infra' / 'template.yaml'], 'sam validate', cwd=ROOT)
    say('2/4 rules of security')
    said = call([POLICY / 'bin' / 'checkov', '--config-file', 'infra/.checkov.yaml', '--directory', 'infra'], 'checkov', cwd=ROOT)
    counts = re.search(r'Passed checks: \d+, Failed checks: 0, Skipped checks: \d+$', said, re.MULTILINE)
    if not counts:
        raise Missing(f'checkov has not checked everything:\n{said}')
    say(f'  {counts.group()}')
    import installation  # needs the packages that are there now
    with tempfile.TemporaryDirectory() as scratch:
        installation.rehearse(Path(scratch))
    say('the templates are in order')


def check_suppressions(file):
    """Refuses to leave out a check without a reason beside it."""
    for line in file.read_text().splitlines():
        found = SUPPRESSION.match(line)
        if found and not re.match(r'\s+# \S.{10,}', found.group(2)):
            raise Missing(f'{file.relative_to(ROOT)}: {found.group(1)} is left out without a reason beside it')


if __name__ == '__main__':
    main()

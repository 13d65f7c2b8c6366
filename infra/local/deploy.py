#!/usr/bin/env python3
"""Deploys an installation to AWS, and looks after it.

usage: deploy.py check STACK [NAME=VALUE ...]              says what a deployment would break off at
       deploy.py stack STACK [PROJECT] [NAME=VALUE ...]    builds and deploys everything; parameters are those of infra/template.yaml
       deploy.py function STACK FUNCTION [PROJECT]         builds and deploys the code of one function, and nothing else
       deploy.py logs STACK FUNCTION                       prints what a function logs, until Ctrl-C
       deploy.py invoke STACK FUNCTION FILE                sends it an event
       deploy.py destroy STACK                             deletes it, but for what holds data

Credentials and region are those that the AWS SDK finds: AWS_PROFILE, AWS_REGION and so on. Parameters that are not named
keep the values that they had in the deployment before.
"""
import os
import subprocess
import sys
from pathlib import Path

import packages
from tools import ROOT, TOOLS, Missing, say

INFRA = TOOLS / 'infra'
TEMPLATE = ROOT / 'infra' / 'template.yaml'
FOLDER = 'target/arm64/lambda'
# The functions of a stack that have the code of one of ours.
INSTANCES = {'rotate-secret': ('rotate-api-secret', 'rotate-signing-key', 'rotate-database')}


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in VERBS:
        sys.exit(__doc__)
    packages.python('requirements-infra.txt', INFRA)
    python = INFRA / 'bin' / 'python'
    if Path(sys.prefix) != INFRA:
        os.execv(python, [str(python), '-B', *sys.argv])
    import aws
    verb, stack, *rest = sys.argv[1:]
    try:
        with aws.explained():
            VERBS[verb](aws.connect(), stack, *rest)
    except Missing as reason:
        sys.exit(f'cannot go on: {reason}')


def check(cloud, stack, *parameters):
    cloud.check(stack, _pairs(parameters))
    say('nothing stands in the way')


def deploy_stack(cloud, stack, *rest):
    import build
    project = next((Path(one) for one in rest if '=' not in one), None)
    parameters = _pairs(one for one in rest if '=' in one)
    given = cloud.check(stack, parameters)
    if project is None and not _is_staged('load'):
        raise Missing('the package of load would hold no data model: name the project with PROJECT=folder')
    build.build('arm64', project, keep=project is None)
    if given['IssueTokens'] == 'true' and not given['TokenPolicyArn'] and not _is_staged('token'):
        raise Missing('the function token would have no policy: write token-policy.yml into the project, store it and set '
                      'TokenPolicyArn, or set IssueTokens=false')
    if given['DomainName'] and not given['CertificateArn']:
        parameters['CertificateArn'] = cloud.bootstrap_certificate(stack, given['DomainName'])
    if sam_deploy(cloud.region, stack, parameters, '--resolve-s3') != 0:
        raise Missing('the deployment broke off, and what stood before stands; the first CREATE_FAILED or UPDATE_FAILED above '
                      f'says why. Once that is mended, say the same again; after a first deployment `make destroy STACK={stack}` comes before')
    cloud.show(stack)


def sam_deploy(region, stack, parameters, *options, template=TEMPLATE):
    """Runs `sam deploy`; its exit status."""
    command = [INFRA / 'bin' / 'sam', 'deploy', '--template-file', template, '--stack-name', stack, '--region', region,
               '--capabilities', 'CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND', '--no-confirm-changeset',
               '--no-fail-on-empty-changeset', '--tags', f'tessera={stack}', *options]
    if parameters:
        command += ['--parameter-overrides', *(f"{name}='{value}'" for name, value in parameters.items())]
    return subprocess.run(command, cwd=ROOT, env=dict(os.environ, SAM_CLI_TELEMETRY='0')).returncode


def deploy_function(cloud, stack, function, project=None):
    import build
    names = deployed(cloud.client('lambda'), stack, function)
    if project is None and function == 'load' and not _is_staged('load'):
        raise Missing('the package of load would hold no data model: name the project with PROJECT=folder')
    build.build('arm64', project and Path(project), only=function, keep=project is None)
    for name in names:
        deploy_code(name, function, ROOT / FOLDER)
        say(f'  {name} has the new code, and the alias live points at it')


def deployed(functions, stack, function):
    """The names of the functions in a stack that have this function's code."""
    import build
    if function not in build.functions():
        raise Missing(f'functions: {" ".join(build.functions())}')
    found = []
    for name in INSTANCES.get(function, (function,)):
        try:
            found.append(functions.get_function_configuration(FunctionName=f'{stack}-{name}')['FunctionName'])
        except functions.exceptions.ResourceNotFoundException:
            continue
    if not found:
        raise Missing(f'{stack} has no function {function}: `make deploy STACK={stack}` comes first')
    return found


def deploy_code(name, function, folder):
    """Gives a function new code with `cargo lambda deploy`, and points its alias at it. Its settings stay."""
    import cargo_lambda
    from tools import call
    path = cargo_lambda.find_or_install() + os.pathsep + os.environ['PATH']
    endpoint = os.environ.get('AWS_ENDPOINT_URL')
    command = ['cargo', 'lambda', 'deploy', name, '--binary-name', function, '--lambda-dir', folder, '--alias', 'live',
               '--merge-env', *(['--endpoint-url', endpoint] if endpoint else [])]
    call(command, f'cargo lambda deploy {name}', cwd=ROOT, env=dict(os.environ, PATH=path))


def logs(cloud, stack, function):
    command = [INFRA / 'bin' / 'sam', 'logs', '--cw-log-group', f'/tessera/{stack}/{function}', '--tail', '--region', cloud.region]
    sys.exit(subprocess.run(command, env=dict(os.environ, SAM_CLI_TELEMETRY='0')).returncode)


def invoke(cloud, stack, function, file):
    answer = cloud.client('lambda').invoke(FunctionName=f'{stack}-{function}', Qualifier='live', Payload=Path(file).read_bytes())
    print(answer['Payload'].read().decode())
    sys.exit(1 if 'FunctionError' in answer else 0)


def destroy(cloud, stack):
    cloud.destroy(stack)


def _pairs(parameters):
    return dict(one.split('=', 1) for one in parameters)


def _is_staged(function):
    import build
    return any(path.is_file() for path in (build.PACKAGES / function).rglob('*'))


VERBS = {'check': check, 'stack': deploy_stack, 'function': deploy_function, 'logs': logs, 'invoke': invoke, 'destroy': destroy}


if __name__ == '__main__':
    main()

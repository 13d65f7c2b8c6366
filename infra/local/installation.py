"""The whole installation rehearsed: moto as AWS, a PostgreSQL with TLS as the database, and the package of `load` as it was
uploaded, under the emulator of the Lambda service."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import io
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import build
import cluster
import deploy
import emulator
import install
import rehearsal
import secret
from tools import ROOT, Missing, say, server_user, state

EXAMPLE = ROOT / 'examples' / 'ecommerce'
QUERY = {'measures': ['orders.count'], 'dimensions': ['orders.status']}
DAY = datetime.timedelta(days=1)


def rehearse(scratch):
    """Deploys the smallest installation and one with every feature, and has the smallest answer a query."""
    say('3/4 deployment to moto')
    paths = install.for_run()
    secrets = secret.read_or_make()
    project = scratch / 'project'
    shutil.copytree(EXAMPLE / 'model', project / 'model')
    (project / 'token-policy.yml').write_text('clients:\n- {id: demo, secret_sha256: ' + 64 * '0' + '}\n')
    certificate, key, authority = certificates()
    (project / 'ca.pem').write_bytes(authority)
    archives = pack(project)
    with contextlib.ExitStack() as running:
        endpoint = start_moto(running, scratch)
        stage = rehearsal.Rehearsal(endpoint, archives)
        stage.upload()
        features = everything(stage)
        change_set(stage, archives, features, scratch)
        port = start_database(running, paths, secrets, certificate, key, scratch)
        login = json.dumps({'username': cluster.USER, 'password': secrets['database_password']})
        arn = stage.client('secretsmanager').create_secret(Name='login', SecretString=login)['ARN']
        small = stage.deploy('template.yaml', 'small', {
            'DatabaseHost': '127.0.0.1', 'DatabasePort': str(port), 'DatabaseName': cluster.DATABASE,
            'DatabaseSecretArn': arn, 'DatabaseCa': 'ca.pem', 'Ledger': 'true'})
        rehearsal.report(stage)
        full = rehearsal.Rehearsal(endpoint, archives)
        full.deploy('template.yaml', 'full', features)
        rehearsal.report(full)
        deploy_functions(full, endpoint)
        say('4/4 a query, answered by the package of load as it was uploaded')
        answer(running, stage, small, paths, scratch)


def change_set(stage, archives, parameters, scratch):
    """Has `sam deploy`, as `make deploy` calls it, upload packages and templates and make a change set of them.

    It ends there: what moto makes of a change set is no installation.
    """
    for name, archive in archives.items():
        folder = scratch / 'target' / 'arm64' / 'lambda' / name
        folder.mkdir(parents=True)
        shutil.copy(archive, folder)
    shutil.copytree(ROOT / 'infra', scratch / 'infra', ignore=lambda _, names: [name for name in names if not name.endswith('.yaml')])
    os.environ.update(AWS_ENDPOINT_URL=stage.endpoint, AWS_ACCESS_KEY_ID='test', AWS_SECRET_ACCESS_KEY='test')
    ends = deploy.sam_deploy(
        rehearsal.REGION, 'planned', parameters, '--s3-bucket', 'packages', '--no-execute-changeset',
        template=scratch / 'infra' / 'template.yaml')
    if ends != 0:
        raise Missing('sam deploy has made no change set')
    files = stage.client('s3').list_objects_v2(Bucket='packages')['Contents']
    say(f'  sam deploy: a change set, of {len(files) - len(archives)} files that it uploaded')


def certificates():
    """PEM of a certificate for 127.0.0.1, its key, and the authority that has signed it."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def sign(name, key, issuer, issuer_key, *extensions):
        names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in (name, issuer)]
        builder = x509.CertificateBuilder().subject_name(names[0]).issuer_name(names[1]).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = sign('authority', authority_key, 'authority', authority_key, x509.BasicConstraints(True, None))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address('127.0.0.1'))])
    certificate = sign('database', key, 'authority', authority_key, address, x509.BasicConstraints(False, None))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate, pem, authority


def pack(project):
    """The packages of all functions with programs of this machine, as `make build` packs those of AWS."""
    # As the tests build them, so that nothing is built twice.
    if subprocess.run(['cargo', 'build', '--locked', '--quiet', '--workspace', '--bins'], cwd=ROOT).returncode != 0:
        raise Missing('the functions did not compile')
    build.stage(project, [ROOT / 'target' / 'debug' / 'tessera'])
    archives = {}
    for name in build.functions():
        folder = ROOT / 'target' / 'local' / 'lambda' / name
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(['strip', '-o', folder / 'bootstrap', ROOT / 'target' / 'debug' / name], check=True)
        archives[name] = build.pack(folder, build.PACKAGES / name)
    return archives


def start_moto(running, scratch):
    """The address of a moto server."""
    port = cluster.free_port()
    log = open(scratch / 'moto.log', 'w')
    server = Path(sys.prefix) / 'bin' / 'moto_server'
    process = subprocess.Popen([server, '-H', '127.0.0.1', '-p', str(port)], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    running.callback(end, process)
    wait_for(lambda: emulator.request(port, 'GET', '/moto-api/')[0] == 200, 'moto', log)
    # Not by number: `sam` and `cargo lambda` put the name of a bucket before the host.
    return f'http://localhost:{port}'


def start_database(running, paths, secrets, certificate, key, scratch):
    """The port of the demo's database, with TLS."""
    data = cluster.prepare(paths['postgres'], secrets['database_password'])
    folder = state() / 'tls'
    folder.mkdir(exist_ok=True, mode=0o755)
    running.callback(shutil.rmtree, folder)
    user = server_user()
    for name, pem in (('server.crt', certificate), ('server.key', key)):
        (folder / name).write_bytes(pem)
        (folder / name).chmod(0o600)
        if user:
            os.chown(folder / name, user.pw_uid, user.pw_gid)
    port = cluster.free_port()
    settings = ('ssl=on', f"ssl_cert_file={folder / 'server.crt'}", f"ssl_key_file={folder / 'server.key'}")
    process = cluster.start(paths['postgres'], data, port, open(scratch / 'postgres.log', 'w'), settings)
    running.callback(lambda: (process.send_signal(2), process.wait()))
    return port


def everything(stage):
    """Parameters that turn every feature on."""
    certificate = stage.client('acm').request_certificate(DomainName='api.example.com')['CertificateArn']
    zone = stage.client('route53').create_hosted_zone(Name='example.com', CallerReference='1')['HostedZone']['Id']
    key = stage.client('secretsmanager').create_secret(Name='key', SecretString='key')['ARN']
    return {
        'Size': 'M', 'Database': 'new', 'DatabaseCa': 'ca.pem', 'DatabaseReader': 'true', 'RotateDatabase': 'true',
        'Signing': 'key', 'SigningKeyArn': key, 'TokenPolicyArn': key, 'UserPoolId': 'us-east-1_example',
        'UserPoolClientIds': 'client', 'UserPoolClientSecretArn': key, 'Ledger': 'true',
        'Issuers': '{"issuer": "https://login.example.com", "audience": "api"}',
        'AuthorizerIssuer': 'https://login.example.com', 'AuthorizerAudience': 'api', 'DomainName': 'api.example.com',
        'HostedZoneId': zone.rsplit('/', 1)[-1], 'CertificateArn': certificate, 'RenewCertificate': 'true', 'AuthoritySecretArn': key,
        'AcmeDirectory': 'https://acme.example.com/directory', 'AcmeContacts': 'mailto:ops@example.com',
        'OtlpEndpoint': 'http://localhost:4318', 'ClientCertificates': 'true', 'Edge': 'true', 'AlarmEmail': 'ops@example.com'}


def deploy_functions(stage, endpoint):
    """Has cargo-lambda deploy new code to every function of the full installation; nothing else may change."""
    functions = stage.client('lambda')
    os.environ.update(AWS_ENDPOINT_URL=endpoint, AWS_ACCESS_KEY_ID='test', AWS_SECRET_ACCESS_KEY='test', AWS_REGION=rehearsal.REGION)
    for function in build.functions():
        for name in deploy.deployed(functions, 'full', function):
            before = functions.get_function_configuration(FunctionName=name)
            deploy.deploy_code(name, function, ROOT / 'target' / 'local' / 'lambda')
            after = functions.get_function_configuration(FunctionName=name)
            for what in ('Environment', 'MemorySize', 'Timeout', 'Role'):
                if before[what] != after[what]:
                    raise Missing(f'cargo lambda deploy has changed {what} of {name}: {before[what]} {after[what]}')
            version = functions.get_alias(FunctionName=name, Name='live')['FunctionVersion']
            if version == '1':
                raise Missing(f'the alias of {name} still points at the first version')
            say(f'  cargo lambda deploy {name}: live is version {version}')


def answer(running, stage, scope, paths, scratch):
    """Runs the package of `load` with the variables that it has in moto, and compares what it answers."""
    configuration = stage.client('lambda').get_function_configuration(FunctionName='small-load')
    package = stage.client('s3').get_object(Bucket='packages', Key='load')['Body'].read()
    zipfile.ZipFile(io.BytesIO(package)).extractall(scratch / 'task')
    (scratch / 'task' / 'bootstrap').chmod(0o755)
    port = cluster.free_port()
    environment = dict(os.environ, PATH=paths['cargo_lambda'] + os.pathsep + os.environ['PATH'])
    gateway = subprocess.Popen(
        ['cargo', 'lambda', 'watch', '--only-lambda-apis', '--ignore-changes', '-A', '127.0.0.1', '-P', str(port)],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=open(scratch / 'emulator.log', 'w'), stderr=subprocess.STDOUT)
    running.callback(end, gateway)
    wait_for(lambda: socket.create_connection(('127.0.0.1', port)), 'the emulator', open(scratch / 'emulator.log'))
    variables = dict(
        configuration['Environment']['Variables'], PATH=os.environ['PATH'], AWS_REGION=rehearsal.REGION,
        AWS_ENDPOINT_URL=stage.endpoint, AWS_ACCESS_KEY_ID='test', AWS_SECRET_ACCESS_KEY='test',
        AWS_LAMBDA_RUNTIME_API=f'http://127.0.0.1:{port}/.rt/load', AWS_LAMBDA_FUNCTION_NAME='small-load',
        AWS_LAMBDA_FUNCTION_VERSION='1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE=str(configuration['MemorySize']))
    log = open(scratch / 'load.log', 'w')
    function = subprocess.Popen([scratch / 'task' / 'bootstrap'], cwd=scratch / 'task', env=variables,
                                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    running.callback(end, function)
    wait_for(lambda: emulator.request(port, 'GET', '/livez')[0] == 200, 'load', log)
    api_secret = stage.client('secretsmanager').get_secret_value(SecretId=scope.resources['ApiSecret']['Ref'])['SecretString']
    now = int(time.time())
    headers = {'Authorization': token({'iat': now, 'exp': now + 60}, api_secret)}
    status, body = emulator.request(port, 'POST', '/cubejs-api/v1/load', {'query': QUERY}, headers)
    if status != 200 or '"31958"' not in body:
        raise Missing(f'load answered {status} {body[:300]}\n{Path(log.name).read_text()[-2000:]}')
    say(f'  {status}, {len(json.loads(body)["data"])} rows over TLS, with the secrets that moto made')


def token(claims, api_secret):
    """A bearer token, signed with HS256."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b'=') for part in ({'alg': 'HS256'}, claims)]
    signature = hmac.new(api_secret.encode(), b'.'.join(parts), hashlib.sha256).digest()
    return b'.'.join([*parts, base64.urlsafe_b64encode(signature).rstrip(b'=')]).decode()


def wait_for(is_ready, what, log):
    """Returns when it is ready; after a minute raises with the end of its log."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if is_ready():
                return
        time.sleep(0.1)
    raise Missing(f'{what} did not start within a minute:\n{Path(log.name).read_text()[-2000:]}')


def end(process):
    process.terminate()
    process.wait()

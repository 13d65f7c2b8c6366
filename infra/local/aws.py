"""What an account of AWS says before, and after, a deployment; every refusal with what to do."""
import contextlib
import os

import boto3
import botocore.exceptions as errors

import intrinsics
import templates
from tools import ROOT, Missing, say

# AWS Lambda keeps so many instances for functions that reserve none.
UNRESERVED = 100

# What an earlier deployment has left: what to do about it. {stack} is its name.
STATES = {
    'ROLLBACK_COMPLETE': 'an earlier first deployment broke off, and nothing stands: `make destroy STACK={stack}`, then again',
    'ROLLBACK_FAILED': 'an earlier first deployment broke off half-finished: `make destroy STACK={stack}`, then again',
    'CREATE_FAILED': 'an earlier first deployment broke off half-finished: `make destroy STACK={stack}`, then again',
    'DELETE_FAILED': 'it could not be deleted: `aws cloudformation describe-stack-events --stack-name {stack}` says what '
                     'holds it; once that is gone, `make destroy STACK={stack}`',
    'UPDATE_ROLLBACK_FAILED': 'an earlier deployment could not be taken back: `aws cloudformation continue-update-rollback '
                              '--stack-name {stack}`, then again',
    'REVIEW_IN_PROGRESS': 'an earlier deployment was never begun: `make destroy STACK={stack}`, then again',
}


@contextlib.contextmanager
def explained():
    """Turns what the SDK says into a sentence with what to do."""
    try:
        yield
    except errors.NoRegionError:
        raise Missing('no region is named: set AWS_REGION, such as eu-central-1') from None
    except (errors.NoCredentialsError, errors.PartialCredentialsError, errors.ProfileNotFound) as error:
        raise Missing(f'no credentials of AWS: {error}. Log in (`aws sso login`), or set AWS_PROFILE') from None
    except errors.EndpointConnectionError as error:
        raise Missing(f'AWS cannot be reached: {error}') from None
    except intrinsics.Mistake as mistake:
        raise Missing(f'{mistake}. The parameters are explained in infra/template.yaml and infra/README.md') from None
    except errors.ClientError as error:
        code, message = error.response['Error'].get('Code', ''), error.response['Error'].get('Message', '')
        if code in ('ExpiredToken', 'ExpiredTokenException', 'InvalidClientTokenId', 'UnrecognizedClientException'):
            raise Missing(f'AWS does not take the credentials: {message}. Log in again') from None
        if 'AccessDenied' in code or 'Unauthorized' in code:
            raise Missing(f'permission is missing for {error.operation_name}: {message}') from None
        raise Missing(f'{error.operation_name}: {code} {message}') from None


def connect():
    """The account in the region that the environment names."""
    # The SDKs of other languages read AWS_REGION; this one does not.
    session = boto3.Session(region_name=os.environ.get('AWS_REGION') or None)
    if not session.region_name:
        raise errors.NoRegionError()
    known = {region for part in session.get_available_partitions()
             for region in session.get_available_regions('lambda', partition_name=part)}
    if session.region_name not in known:
        raise Missing(f'{session.region_name} is no region of AWS Lambda: set AWS_REGION, such as eu-central-1')
    return Cloud(session)


class Cloud:
    """An account in a region."""

    def __init__(self, session):
        self.session = session
        self.region = session.region_name
        self.client = session.client

    def check(self, stack, parameters):
        """Breaks off at what a deployment would break off at; the values of all parameters."""
        template = templates.read(ROOT / 'infra' / 'template.yaml')
        account = self.client('sts').get_caller_identity()['Account']
        found = self.find(stack)
        state = found['StackStatus'] if found else None
        if state in STATES:
            raise Missing(f'{stack} is {state}: ' + STATES[state].format(stack=stack))
        if state and state.endswith('_IN_PROGRESS'):
            raise Missing(f'{stack} is {state}: somebody deploys it at this moment')
        before = {one['ParameterKey']: one['ParameterValue'] for one in (found or {}).get('Parameters', [])}
        declared = template['Parameters']
        merged = {**{name: value for name, value in before.items() if name in declared}, **parameters}
        # A first domain gets its certificate on the way.
        rules = dict(merged)
        if rules.get('DomainName') and not rules.get('CertificateArn'):
            rules['CertificateArn'] = f'arn:aws:acm:{self.region}:{account}:certificate/to-be-imported'
        scope = intrinsics.Scope(template, rules, self.region, account, stack)
        scope.check_rules()
        self._check_arns(merged)
        if not found:
            self._check_concurrency(scope)
        given = intrinsics.read_parameters(template, merged)
        if given['DatabaseSecretArn'] and given['Database'] == 'existing':
            self._check_secret(given['DatabaseSecretArn'])
        return given

    def _check_arns(self, parameters):
        for name, value in parameters.items():
            if value.startswith('arn:') and name != 'WebAclArn' and value.split(':')[3] not in ('', self.region):
                raise Missing(f'{name} is in {value.split(":")[3]}, and the deployment in {self.region}: set AWS_REGION, or name another')

    def _check_secret(self, arn):
        secrets = self.client('secretsmanager')
        try:
            secrets.describe_secret(SecretId=arn)
        except secrets.exceptions.ResourceNotFoundException:
            raise Missing(f'DatabaseSecretArn names no secret: {arn}') from None

    def _check_concurrency(self, scope):
        if not scope.is_true('ReservesConcurrency'):
            return
        size = scope.template['Mappings']['Sizes'][scope.parameters['Size']]
        needed = size['Load'] + size['Token'] + 4
        account = self.client('lambda').get_account_settings()
        free = account['AccountLimit'].get('UnreservedConcurrentExecutions')
        if free is not None and free - needed < UNRESERVED:
            raise Missing(f'Size={scope.parameters["Size"]} reserves {needed} instances, of {free} that are free, and {UNRESERVED} have to '
                          'stay: take a smaller Size, set ReserveConcurrency=false, or have the quota of AWS Lambda raised')

    def find(self, stack):
        """The stack as CloudFormation describes it, if there is one."""
        cloudformation = self.client('cloudformation')
        try:
            return cloudformation.describe_stacks(StackName=stack)['Stacks'][0]
        except errors.ClientError as error:
            if error.response['Error']['Code'] == 'ValidationError':
                return None
            raise

    def bootstrap_certificate(self, stack, domain):
        """The ARN of the certificate of a domain, imported if there is none: signed by nobody, until it is renewed."""
        import bootstrap_certificate
        acm = self.client('acm')
        for page in acm.get_paginator('list_certificates').paginate(Includes={'keyTypes': ['EC_prime256v1']}):
            for one in page['CertificateSummaryList']:
                tags = acm.list_tags_for_certificate(CertificateArn=one['CertificateArn'])['Tags']
                if {'Key': 'tessera', 'Value': stack} in tags and one['DomainName'] == domain:
                    return one['CertificateArn']
        certificate, key = bootstrap_certificate.new(domain)
        arn = acm.import_certificate(Certificate=certificate, PrivateKey=key, Tags=[{'Key': 'tessera', 'Value': stack}])['CertificateArn']
        say(f'  imported a first certificate for {domain}, which clients do not trust yet: {arn}')
        return arn

    def show(self, stack):
        """Prints the outputs of a stack."""
        for output in self.find(stack).get('Outputs', []):
            say(f"  {output['OutputKey']:<24} {output['OutputValue']}   {output.get('Description', '')}".rstrip())

    def destroy(self, stack):
        """Deletes a stack, and says what it leaves."""
        found = self.find(stack)
        if found is None:
            raise Missing(f'there is no stack {stack} in {self.region}')
        cloudformation = self.client('cloudformation')
        self._check_protection(cloudformation, stack)
        cloudformation.delete_stack(StackName=stack)
        say(f'  {stack} is being deleted (a database takes ten minutes)')
        cloudformation.get_waiter('stack_delete_complete').wait(StackName=stack)
        say('  gone. What holds data is left: the KMS key, the secrets, the table of the ledger, a snapshot of the database. '
            f'`aws resourcegroupstaggingapi get-resources --tag-filters Key=tessera,Values={stack}` lists it')

    def _check_protection(self, cloudformation, stack):
        for resource in self._resources(cloudformation, stack):
            if resource['ResourceType'] == 'AWS::CloudFormation::Stack' and resource['LogicalResourceId'] == 'Warehouse':
                for inner in self._resources(cloudformation, resource['PhysicalResourceId']):
                    if inner['ResourceType'] == 'AWS::RDS::DBCluster':
                        self._check_cluster(inner['PhysicalResourceId'])

    def _resources(self, cloudformation, stack):
        pages = cloudformation.get_paginator('list_stack_resources').paginate(StackName=stack)
        return [one for page in pages for one in page['StackResourceSummaries']]

    def _check_cluster(self, name):
        cluster = self.client('rds').describe_db_clusters(DBClusterIdentifier=name)['DBClusters'][0]
        if cluster['DeletionProtection']:
            raise Missing(f'the database is protected: `aws rds modify-db-cluster --db-cluster-identifier {name} '
                          '--no-deletion-protection`, then again; a last snapshot is taken')

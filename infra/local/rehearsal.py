"""A deployment of the templates to moto, and whether all that they declare is there afterwards.

moto's CloudFormation reports success for what it leaves out, so its word counts for nothing here: what it knows goes to
it in stacks, wave after wave as resources refer to each other, and each resource is looked for afterwards; what it does
not know is made through the API of its own service, whose parameters botocore checks.
"""
import json
from collections import Counter

import boto3
from botocore.config import Config
from samtranslator.translator.transform import transform

import direct
import intrinsics
import templates
from tools import ROOT, Missing, say

REGION = 'us-east-1'
INFRA = ROOT / 'infra'
ACCOUNT = '123456789012'


class NoManagedPolicies:
    """What the SAM translator asks for the managed policies of AWS; no template of ours names one in a function."""

    def load(self):
        return {}


class Rehearsal:
    """AWS as moto emulates it at an address, with what was made there."""

    def __init__(self, endpoint, packages):
        self.session = boto3.Session('test', 'test', region_name=REGION)
        self.endpoint = endpoint
        self.packages = packages
        # The type of every resource, by who made it.
        self.by_stack, self.by_api, self.checked = Counter(), Counter(), Counter()

    def client(self, service):
        once = Config(retries={'total_max_attempts': 1})
        return self.session.client(service, endpoint_url=self.endpoint, config=once)

    def upload(self):
        """Puts the packages where a deployment puts them: a bucket."""
        s3 = self.client('s3')
        s3.create_bucket(Bucket='packages')
        for name, file in self.packages.items():
            s3.upload_file(str(file), 'packages', name)

    def deploy(self, file, name, parameters):
        """Makes everything that a template declares for these parameters; its scope, with what was made."""
        template = templates.read(INFRA / file)
        for resource in template['Resources'].values():
            if resource['Type'] == 'AWS::Serverless::Function':
                package = resource['Properties']['CodeUri'].split('/')[-2]
                resource['Properties']['CodeUri'] = f's3://packages/{package}'
        if 'Transform' in template:
            template = transform(template, dict(parameters), NoManagedPolicies())
        scope = intrinsics.Scope(template, parameters, REGION, ACCOUNT, name)
        scope.check_rules()
        left = {logical: resource for logical, resource in template['Resources'].items()
                if 'Condition' not in resource or scope.is_true(resource['Condition'])}
        declared, wave = set(left), 0
        while left:
            made = self._make_by_api(scope, left) or self._make_in_stack(scope, left, f'{name}-{wave}')
            wave += 1
            if not made:
                raise Missing(f'{file}: these wait for each other: {sorted(left)}')
            for logical in made:
                del left[logical]
        if absent := declared - set(scope.resources):
            raise Missing(f'{file}: declared and not there: {sorted(absent)}')
        return scope

    def _make_by_api(self, scope, left):
        """Makes those that moto's CloudFormation does not know and that wait for nothing; their names."""
        made = set()
        for logical, resource in left.items():
            properties = scope.resolve(resource.get('Properties', {}))
            after = _after(resource)
            if (resource['Type'] in direct.KNOWN) or (intrinsics.references(properties) | after) & set(left):
                continue
            if resource['Type'] == 'AWS::CloudFormation::Stack':
                nested = self.deploy(properties['TemplateURL'], f"{scope.pseudo['AWS::StackName']}-{logical}",
                                     properties['Parameters'])
                scope.resources[logical] = {'Ref': logical, **_outputs(nested)}
            else:
                scope.resources[logical] = direct.make(self.client, resource['Type'], properties)
                count = self.checked if resource['Type'] in direct.CHECKED_ONLY else self.by_api
                count[resource['Type']] += 1
            made.add(logical)
        return made

    def _make_in_stack(self, scope, left, name):
        """Makes those that moto's CloudFormation knows and that wait for none but each other; their names."""
        batch = {logical: dict(resource, Properties=scope.resolve(resource.get('Properties', {})))
                 for logical, resource in left.items() if (resource['Type'] in direct.KNOWN)}
        while True:
            waiting = {logical for logical, resource in batch.items()
                       if (intrinsics.references(resource['Properties']) | _after(resource)) & set(left) - set(batch)}
            if not waiting:
                break
            batch = {logical: resource for logical, resource in batch.items() if logical not in waiting}
        if not batch:
            return set()
        wanted = _attributes({logical: resource for logical, resource in scope.template['Resources'].items()}
                             | {'Outputs': scope.template.get('Outputs', {})})
        outputs = {f'{logical}{attribute}'.replace('.', ''): (logical, attribute)
                   for logical, attribute in wanted if logical in batch}
        body = {'AWSTemplateFormatVersion': '2010-09-09',
                'Resources': {logical: {key: value for key, value in resource.items()
                                        if key in ('Type', 'Properties')} for logical, resource in batch.items()},
                'Outputs': {key: {'Value': {'Fn::GetAtt': [logical, attribute]}}
                            for key, (logical, attribute) in outputs.items()}}
        cloudformation = self.client('cloudformation')
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body), Capabilities=['CAPABILITY_IAM'])
        found = {one['LogicalResourceId']: one['PhysicalResourceId']
                 for one in cloudformation.list_stack_resources(StackName=name)['StackResourceSummaries']}
        for logical in batch:
            if logical not in found:
                raise Missing(f'{name}: moto says that the stack is complete, but {logical} is not in it')
            scope.resources[logical] = {'Ref': found[logical]}
            self.by_stack[batch[logical]['Type']] += 1
        for output in cloudformation.describe_stacks(StackName=name)['Stacks'][0].get('Outputs', []):
            logical, attribute = outputs[output['OutputKey']]
            scope.resources[logical][attribute] = output['OutputValue']
        return set(batch)


def _after(resource):
    after = resource.get('DependsOn', [])
    return set(after if isinstance(after, list) else [after])


def _outputs(scope):
    """The outputs of a nested stack, as its parent asks for them."""
    conditions = scope.template.get('Outputs', {}).items()
    return {f'Outputs.{name}': scope.resolve(output['Value']) for name, output in conditions
            if 'Condition' not in output or scope.is_true(output['Condition'])}


def _attributes(value):
    """Logical name and attribute of everything that is asked for with GetAtt, or in a Sub."""
    if isinstance(value, list):
        return set().union(*map(_attributes, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(_attributes, value.values())) if value else set()
    if isinstance(value.get('Fn::GetAtt'), list):
        found.add(tuple(value['Fn::GetAtt']))
    if 'Fn::Sub' in value:
        text = value['Fn::Sub'][0] if isinstance(value['Fn::Sub'], list) else value['Fn::Sub']
        found |= {tuple(name.split('.', 1)) for name in intrinsics.REFERENCE.findall(text) if '.' in name}
    return found


def report(rehearsal):
    """Says what was made, by whom."""
    for title, made in (('made by stacks of CloudFormation', rehearsal.by_stack), ('made through their own APIs', rehearsal.by_api),
                        ('checked only, because moto cannot make them', rehearsal.checked)):
        if made:
            kinds = ', '.join(f'{count} {kind[5:]}' for kind, count in sorted(made.items()))
            say(f'  {sum(made.values())} {title}: {kinds}')

"""Resources made through the APIs of their services, for the rehearsal: those that moto's CloudFormation leaves out.

The properties of a template are the parameters of these APIs, but for a few names. botocore refuses what is none.
"""
import functools
import uuid

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator
from moto.cloudformation.parsing import get_model_map

# Types that moto's CloudFormation knows, but for those where it knows less than there is to know: versions of functions
# without their numbers, instances of a database without a cluster.
KNOWN = frozenset(get_model_map()) - {'AWS::CloudFormation::Stack', 'AWS::Lambda::Version', 'AWS::RDS::DBInstance'}

# moto has no operation for these: only what it would have been asked is checked.
CHECKED_ONLY = frozenset({'AWS::CloudFront::ResponseHeadersPolicy', 'AWS::RDS::DBProxyEndpoint'})

# Type: service, operation, what of the answer `Ref` is, attributes of `GetAtt` and what of the answer they are.
OPERATIONS = {
    'AWS::ApiGatewayV2::Api': ('apigatewayv2', 'CreateApi', 'ApiId', {'ApiEndpoint': 'ApiEndpoint'}),
    'AWS::ApiGatewayV2::ApiMapping': ('apigatewayv2', 'CreateApiMapping', 'ApiMappingId', {}),
    'AWS::ApiGatewayV2::Authorizer': ('apigatewayv2', 'CreateAuthorizer', 'AuthorizerId', {}),
    'AWS::ApiGatewayV2::DomainName': ('apigatewayv2', 'CreateDomainName', 'DomainName', {}),
    'AWS::ApiGatewayV2::Integration': ('apigatewayv2', 'CreateIntegration', 'IntegrationId', {}),
    'AWS::ApiGatewayV2::Route': ('apigatewayv2', 'CreateRoute', 'RouteId', {}),
    'AWS::ApiGatewayV2::Stage': ('apigatewayv2', 'CreateStage', 'StageName', {}),
    'AWS::CertificateManager::Certificate': ('acm', 'RequestCertificate', 'CertificateArn', {}),
    'AWS::CloudFront::Distribution': (
        'cloudfront', 'CreateDistribution', 'Distribution.Id', {'DomainName': 'Distribution.DomainName'}),
    'AWS::CloudWatch::Alarm': ('cloudwatch', 'PutMetricAlarm', None, {}),
    'AWS::Lambda::Alias': ('lambda', 'CreateAlias', 'AliasArn', {}),
    'AWS::Lambda::Version': ('lambda', 'PublishVersion', 'FunctionArn', {'Version': 'Version'}),
    'AWS::RDS::DBCluster': (
        'rds', 'CreateDBCluster', 'DBCluster.DBClusterIdentifier',
        {'Endpoint.Address': 'DBCluster.Endpoint', 'DBClusterArn': 'DBCluster.DBClusterArn',
         'MasterUserSecret.SecretArn': 'DBCluster.MasterUserSecret.SecretArn'}),
    'AWS::RDS::DBInstance': ('rds', 'CreateDBInstance', 'DBInstance.DBInstanceIdentifier', {}),
    'AWS::RDS::DBProxy': ('rds', 'CreateDBProxy', 'DBProxy.DBProxyName', {'Endpoint': 'DBProxy.Endpoint'}),
    'AWS::SNS::Subscription': ('sns', 'Subscribe', 'SubscriptionArn', {}),
    'AWS::Scheduler::Schedule': ('scheduler', 'CreateSchedule', 'ScheduleArn', {}),
    'AWS::SecretsManager::Secret': ('secretsmanager', 'CreateSecret', 'ARN', {}),
    'AWS::WAFv2::WebACL': ('wafv2', 'CreateWebACL', 'Summary.Id', {'Arn': 'Summary.ARN'}),
}


def make(client, kind, properties):
    """Makes a resource; what `Ref` and `GetAtt` say of it."""
    special = SPECIAL.get(kind)
    if special:
        return special(client, properties)
    return _create(client, kind, properties)


def _create(client, kind, parameters):
    service, operation, reference, attributes = OPERATIONS[kind]
    answer = _call(client(service), operation, parameters)
    made = {name: _at(answer, path) for name, path in attributes.items()}
    return {'Ref': _at(answer, reference) if reference else parameters.get('AlarmName'), **made}


def _call(service, operation, parameters):
    shape = service.meta.service_model.operation_model(operation).input_shape
    return getattr(service, xform_name(operation))(**_cast(parameters, shape))


def _check(service, operation, parameters):
    """Raises what botocore would say of the parameters of an operation that moto does not have."""
    shape = service.meta.service_model.operation_model(operation).input_shape
    report = ParamValidator().validate(_cast(parameters, shape), shape)
    unknown = set(parameters) - set(shape.members)
    if report.has_errors() or unknown:
        raise ParamValidationError(report=report.generate_report() or f'unknown: {unknown}')


def _cast(value, shape):
    """Values as the API wants them: parameters of a template are texts, and CloudFormation does not mind."""
    if shape.type_name == 'structure' and isinstance(value, dict):
        return {name: _cast(one, shape.members[name]) if name in shape.members else one for name, one in value.items()}
    if shape.type_name == 'list' and isinstance(value, list):
        return [_cast(one, shape.member) for one in value]
    if shape.type_name in ('integer', 'long'):
        return int(value)
    if shape.type_name in ('float', 'double'):
        return float(value)
    return value


def _at(answer, path):
    return functools.reduce(lambda found, step: found[step], path.split('.'), answer)


def _secret(client, properties):
    generate = properties.pop('GenerateSecretString', None)
    if generate:
        template = generate.pop('SecretStringTemplate', None)
        key = generate.pop('GenerateStringKey', None)
        password = _call(client('secretsmanager'), 'GetRandomPassword', generate)['RandomPassword']
        properties['SecretString'] = f'{template[:-1]}, "{key}": "{password}"}}' if template else password
    name = f'secret-{uuid.uuid4()}'
    return _create(client, 'AWS::SecretsManager::Secret', {'Name': name, **properties})


def _rotation(client, properties):
    properties['RotateImmediately'] = properties.pop('RotateImmediatelyOnUpdate')
    secrets = client('secretsmanager')
    try:
        _call(secrets, 'RotateSecret', properties)
    except ClientError:
        # Once moto has noted the rotation it calls the function, which it cannot run.
        noted = _call(secrets, 'DescribeSecret', {'SecretId': properties['SecretId']})
        assert noted['RotationLambdaARN'] == properties['RotationLambdaARN'], noted
    return {'Ref': properties['SecretId']}


def _attachment(client, properties):
    _call(client('secretsmanager'), 'DescribeSecret', {'SecretId': properties['SecretId']})
    _call(client('rds'), 'DescribeDBClusters', {'DBClusterIdentifier': properties['TargetId']})
    return {'Ref': properties['SecretId']}


def _alarm(client, properties):
    return _create(client, 'AWS::CloudWatch::Alarm', {'AlarmName': f'alarm-{uuid.uuid4()}', **properties})


def _cluster(client, properties):
    secret = properties.pop('MasterUserSecret')
    properties['MasterUserSecretKmsKeyId'] = secret['KmsKeyId']
    identifier = f'cluster-{uuid.uuid4()}'
    return _create(client, 'AWS::RDS::DBCluster', {'DBClusterIdentifier': identifier, **properties})


def _instance(client, properties):
    identifier = f'instance-{uuid.uuid4()}'
    return _create(client, 'AWS::RDS::DBInstance', {'DBInstanceIdentifier': identifier, **properties})


def _targets(client, properties):
    name = properties['DBProxyName']
    targets = {key: properties[key] for key in ('DBProxyName', 'TargetGroupName', 'DBClusterIdentifiers')}
    _call(client('rds'), 'RegisterDBProxyTargets', targets)
    return {'Ref': name}


def _proxy_endpoint(client, properties):
    service = client('rds')
    _check(service, 'CreateDBProxyEndpoint', properties)
    proxies = _call(service, 'DescribeDBProxies', {'DBProxyName': properties['DBProxyName']})['DBProxies']
    return {'Ref': properties['DBProxyEndpointName'], 'Endpoint': 'reader.' + proxies[0]['Endpoint']}


def _headers(client, properties):
    configuration = properties['ResponseHeadersPolicyConfig']
    transport = configuration['SecurityHeadersConfig']['StrictTransportSecurity']
    transport['AccessControlMaxAgeSec'] = int(transport['AccessControlMaxAgeSec'])
    _check(client('cloudfront'), 'CreateResponseHeadersPolicy', properties)
    return {'Ref': str(uuid.uuid4())}


def _schedule(client, properties):
    return _create(client, 'AWS::Scheduler::Schedule', {'Name': f'schedule-{uuid.uuid4()}', **properties})


def _domain(client, properties):
    made = _create(client, 'AWS::ApiGatewayV2::DomainName', properties)
    return {**made, 'RegionalDomainName': 'd-example.execute-api.us-east-1.amazonaws.com', 'RegionalHostedZoneId': 'Z1UJRXOUMOOFQ8'}


def _certificate(client, properties):
    """CloudFormation writes the records that prove the name, and waits; the API only says what they have to be."""
    for option in properties.pop('DomainValidationOptions'):
        zone = client('route53').get_hosted_zone(Id=option['HostedZoneId'])['HostedZone']['Name'].rstrip('.')
        assert option['DomainName'] == zone or option['DomainName'].endswith(f'.{zone}'), option
    return _create(client, 'AWS::CertificateManager::Certificate', properties)


def _distribution(client, properties):
    """CloudFormation fills in what the API wants to hear, and takes lists where it wants them counted."""
    configuration = dict(properties['DistributionConfig'], CallerReference=str(uuid.uuid4()), Comment='')
    configuration['Origins'] = _counted([_origin(origin) for origin in configuration['Origins']])
    behaviour = configuration['DefaultCacheBehavior']
    behaviour['AllowedMethods'] = _counted(behaviour['AllowedMethods'])
    configuration['IsIPV6Enabled'] = configuration.pop('IPV6Enabled')
    return _create(client, 'AWS::CloudFront::Distribution', {'DistributionConfig': configuration})


def _origin(origin):
    custom = dict(origin['CustomOriginConfig'], HTTPPort=80, HTTPSPort=443)
    custom['OriginSslProtocols'] = _counted(custom.pop('OriginSSLProtocols'))
    return dict(origin, CustomOriginConfig=custom)


def _counted(items):
    return {'Quantity': len(items), 'Items': items}


def _web_acl(client, properties):
    return _create(client, 'AWS::WAFv2::WebACL', {'Name': f'acl-{uuid.uuid4()}', **properties})


SPECIAL = {
    'AWS::ApiGatewayV2::DomainName': _domain,
    'AWS::CertificateManager::Certificate': _certificate,
    'AWS::CloudFront::Distribution': _distribution,
    'AWS::CloudFront::ResponseHeadersPolicy': _headers,
    'AWS::CloudWatch::Alarm': _alarm,
    'AWS::RDS::DBCluster': _cluster,
    'AWS::RDS::DBInstance': _instance,
    'AWS::RDS::DBProxyEndpoint': _proxy_endpoint,
    'AWS::RDS::DBProxyTargetGroup': _targets,
    'AWS::Scheduler::Schedule': _schedule,
    'AWS::SecretsManager::RotationSchedule': _rotation,
    'AWS::SecretsManager::Secret': _secret,
    'AWS::SecretsManager::SecretTargetAttachment': _attachment,
    'AWS::WAFv2::WebACL': _web_acl,
}

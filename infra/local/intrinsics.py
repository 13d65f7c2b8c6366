"""What CloudFormation's functions in a template come to, for given parameters.

Refs to resources stay as they are until something says what they are: see `Scope.resources`.
"""
import difflib
import re

REFERENCE = re.compile(r'\$\{([A-Za-z0-9:.]+)\}')
NOTHING = {'Ref': 'AWS::NoValue'}


class Mistake(Exception):
    """What is wrong with the parameters, and what to do."""


class Scope:
    """A template with its parameters, and what is known of its resources."""

    def __init__(self, template, parameters, region, account='123456789012', stack='tessera'):
        self.template = template
        self.parameters = read_parameters(template, parameters)
        self.pseudo = {'AWS::Region': region, 'AWS::AccountId': account, 'AWS::StackName': stack,
                       'AWS::Partition': 'aws', 'AWS::URLSuffix': 'amazonaws.com'}
        # Logical name -> {'Ref': ..., 'Arn': ...}
        self.resources = {}

    def check_rules(self):
        """Raises what an assertion of the template says of these parameters."""
        for rule in self.template.get('Rules', {}).values():
            if self.is_true(rule.get('RuleCondition', {'Fn::Equals': ['', '']})):
                for assertion in rule['Assertions']:
                    if not self.is_true(assertion['Assert']):
                        raise Mistake(assertion['AssertDescription'])

    def is_true(self, condition):
        """Whether a condition holds, by its name or its functions."""
        if isinstance(condition, str):
            return self.is_true(self.template['Conditions'][condition])
        (name, value), = condition.items()
        if name == 'Condition':
            return self.is_true(value)
        if name == 'Fn::Equals':
            left, right = (self.resolve(one) for one in value)
            return str(left) == str(right)
        if name == 'Fn::Not':
            return not self.is_true(value[0])
        return {'Fn::And': all, 'Fn::Or': any}[name](self.is_true(one) for one in value)

    def resolve(self, value):
        """The value with everything in it worked out that is known."""
        if isinstance(value, list):
            resolved = [self.resolve(one) for one in value]
            return [one for one in resolved if one != NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), = value.items()
            function = getattr(self, '_' + name.replace('Fn::', '').lower(), None)
            if function and (name == 'Ref' or name.startswith('Fn::')):
                return function(argument)
        resolved = {name: self.resolve(one) for name, one in value.items()}
        return {name: one for name, one in resolved.items() if one != NOTHING}

    def _ref(self, name):
        known = {**self.parameters, **self.pseudo}
        if name in known:
            return known[name]
        return self.resources.get(name, {}).get('Ref', {'Ref': name})

    def _getatt(self, path):
        name, attribute = path if isinstance(path, list) else path.split('.', 1)
        return self.resources.get(name, {}).get(attribute, {'Fn::GetAtt': [name, attribute]})

    def _if(self, argument):
        condition, then, otherwise = argument
        return self.resolve(then if self.is_true(condition) else otherwise)

    def _sub(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})
        own = {name: self.resolve(value) for name, value in own.items()}

        def replace(match):
            name = match.group(1)
            if name in own:
                value = own[name]
            elif '.' in name:
                value = self._getatt(name)
            else:
                value = self._ref(name)
            return match.group(0) if isinstance(value, dict) else str(value)

        replaced = REFERENCE.sub(replace, text)
        open_names = [name for name in REFERENCE.findall(replaced)]
        if not open_names:
            return replaced
        unknown = {name: value for name, value in own.items() if isinstance(value, dict)}
        return {'Fn::Sub': [replaced, unknown] if unknown else replaced}

    def _join(self, argument):
        separator, parts = argument[0], self.resolve(argument[1])
        if isinstance(parts, dict) or any(isinstance(part, dict) for part in parts):
            return {'Fn::Join': [separator, parts]}
        return separator.join(map(str, parts))

    def _split(self, argument):
        text = self.resolve(argument[1])
        return {'Fn::Split': [argument[0], text]} if isinstance(text, dict) else text.split(argument[0])

    def _select(self, argument):
        index, values = argument[0], self.resolve(argument[1])
        return {'Fn::Select': [index, values]} if isinstance(values, dict) else values[int(index)]

    def _findinmap(self, argument):
        table, first, second = (self.resolve(one) for one in argument)
        return self.template['Mappings'][table][first][second]

    def _getazs(self, _):
        return [self.pseudo['AWS::Region'] + letter for letter in 'abc']


def read_parameters(template, given):
    """The values of all parameters of a template, checked as CloudFormation checks them."""
    declared = template.get('Parameters', {})
    for name in given:
        if name not in declared:
            near = difflib.get_close_matches(name, declared, 1)
            raise Mistake(f'{name} is no parameter' + (f'; did you mean {near[0]}?' if near else ''))
    values = {}
    for name, row in declared.items():
        value = given.get(name, row.get('Default'))
        if value is None:
            raise Mistake(f'{name} is not given, and has no default')
        _check(name, str(value), row)
        is_list = row['Type'] == 'CommaDelimitedList'
        values[name] = [part for part in str(value).split(',') if part] if is_list else str(value)
    return values


def _check(name, value, row):
    allowed = [str(one) for one in row.get('AllowedValues', [])]
    if allowed and value not in allowed:
        raise Mistake(f'{name} is one of {", ".join(allowed)}')
    pattern = row.get('AllowedPattern')
    if pattern and not re.fullmatch(pattern, value):
        raise Mistake(f'{name} has to be {row.get("ConstraintDescription", "like " + pattern)}')
    if row['Type'] == 'Number':
        try:
            number = float(value)
        except ValueError:
            raise Mistake(f'{name} is a number') from None
        if not float(row.get('MinValue', number)) <= number <= float(row.get('MaxValue', number)):
            raise Mistake(f'{name} is from {row.get("MinValue", "any")} to {row.get("MaxValue", "any")}')


def references(value):
    """The logical names that a resolved value still refers to."""
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    if len(value) == 1:
        (name, argument), = value.items()
        if name == 'Ref':
            return {argument}
        if name == 'Fn::GetAtt':
            return {argument[0] if isinstance(argument, list) else argument.split('.', 1)[0]}
        if name == 'Fn::Sub':
            text, own = argument if isinstance(argument, list) else (argument, {})
            return {one.split('.', 1)[0] for one in REFERENCE.findall(text) if one not in own} | references(own)
    return set().union(*map(references, value.values())) if value else set()

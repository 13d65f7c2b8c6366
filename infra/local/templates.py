#!/usr/bin/env python3
"""The CloudFormation templates as plain data.

usage: templates.py FILE      prints the template as JSON

`!Ref x` becomes {"Ref": "x"}, `!Sub x` {"Fn::Sub": "x"}, and so on, as CloudFormation itself reads them. Needs PyYAML,
which moto brings along.
"""
import json
import sys
from pathlib import Path

import yaml


class Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation's functions."""


def _function(loader, tag, node):
    name = tag if tag in ('Ref', 'Condition') else f'Fn::{tag}'
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split('.', 1) if tag == 'GetAtt' else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor('!', _function)
# "2012-10-17" is a version, not a day.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != 'tag:yaml.org,2002:timestamp']
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def read(path):
    """The template in a file."""
    return yaml.load(Path(path).read_text(), Loader)  # a SafeLoader: it makes plain data only


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    json.dump(read(sys.argv[1]), sys.stdout)

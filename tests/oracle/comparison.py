"""Which parts of two answers to one query differ, and which of the differences are known."""
import json
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

KNOWN = Path(__file__).resolve().parent / 'known.txt'


def differences(query, peer, ours):
    """`[(kind, text)]` for two `(status, answer)`; empty when the answers mean the same."""
    if peer[0] != 200 or ours[0] != 200:
        return _of_errors(peer, ours)
    results = [_results(peer[1]), _results(ours[1])]
    if len(results[0]) != len(results[1]):
        return [('results', f'{len(results[0])} results, ours {len(results[1])}')]
    found = []
    if peer[1].get('queryType') != ours[1].get('queryType') and 'results' in peer[1]:
        found.append(('queryType', f"{peer[1].get('queryType')}, ours {ours[1].get('queryType')}"))
    for want, got in zip(*results):
        found += _of_rows(query, want, got)
        if str(want.get('total')) != str(got.get('total')):
            found.append(('total', f"{want.get('total')}, ours {got.get('total')}"))
        for part in ('annotation', 'query'):
            found += _of_values(part, want.get(part), got.get(part))
    return found


def _of_errors(peer, ours):
    if peer[0] == 200 or ours[0] == 200:
        told = ['rows came' if status == 200 else f"{status} {answer.get('error')}" for status, answer in (peer, ours)]
        return [('refused', f'{told[0]}; ours: {told[1]}')]
    if (peer[0], peer[1].get('error')) != (ours[0], ours[1].get('error')):
        return [('error', f"{peer[0]} {peer[1].get('error')}; ours: {ours[0]} {ours[1].get('error')}")]
    return []


def _results(answer):
    return answer['results'] if 'results' in answer else [answer]


def _of_values(path, want, got):
    """The paths at which two JSON values differ."""
    if isinstance(want, dict) and isinstance(got, dict):
        names = [name for name in {**want, **got} if name != 'cacheMode']
        return [one for name in names for one in _of_values(f'{path}.{name}', want.get(name), got.get(name))]
    return [] if want == got else [(path.split('.')[0], f'{path} {json.dumps(want)}, ours {json.dumps(got)}')]


def rows_of(data):
    """Row objects, whatever the response format."""
    if isinstance(data, dict) and 'dataset' in data:
        return [dict(zip(data['members'], row)) for row in data['dataset']]
    if isinstance(data, dict) and 'columns' in data:
        return [dict(zip(data['members'], row)) for row in zip(*data['columns'])]
    return data


def _text(cell):
    """A cell as Cube 1.7 says it: numbers are text."""
    return str(cell) if isinstance(cell, (int, float)) and not isinstance(cell, bool) else cell


def _number(cell):
    """A cell that is text of a number, with the digits that both ways of computing it agree on."""
    try:
        return str(Decimal(cell).quantize(Decimal('1e-9')).normalize()) if isinstance(cell, str) else cell
    except InvalidOperation:
        return cell


def _of_rows(query, want, got):
    if isinstance(want['data'], dict) != isinstance(got['data'], dict):
        return [('format', 'another response format')]
    want, got = ([{name: _text(cell) for name, cell in row.items()} for row in rows_of(one['data'])] for one in (want, got))
    if len(want) != len(got):
        return [('rows', f'{len(want)} rows, ours {len(got)}; {_first_missing(want, got)}')]
    pairs = list(zip(sorted(map(_key, want)), sorted(map(_key, got))))
    if any(one != other for one, other in pairs):
        near = [[{name: _number(cell) for name, cell in row.items()} for row in rows] for rows in (want, got)]
        kind = 'digits' if sorted(map(_key, near[0])) == sorted(map(_key, near[1])) else 'rows'
        return [(kind, _first_missing(want, got))]
    member = _ordered_by(query)
    if member and [row.get(member) for row in want] != [row.get(member) for row in got]:
        return [('order', f'not in the same order of {member}')]
    return []


def _key(row):
    return json.dumps(row, sort_keys=True)


def _first_missing(want, got):
    """One row of each side that the other does not have."""
    sides = [[_key(row) for row in rows] for rows in (want, got)]
    alone = [next((row for row in side if row not in set(other)), 'none') for side, other in (sides, sides[::-1])]
    return f'row {alone[0]}, ours {alone[1]}'


def _ordered_by(query):
    """The member that an answer is ordered by first, or None."""
    if not isinstance(query, dict):
        return None
    if 'order' in query:
        order = query['order']
        return next(iter(order if isinstance(order, dict) else [one[0] for one in order]), None)
    times = [one for one in query.get('timeDimensions', []) if one.get('granularity')]
    if times:
        return f"{times[0]['dimension']}.{times[0]['granularity']}"
    if query.get('measures') and query.get('dimensions'):
        return query['measures'][0]
    return next(iter(query.get('dimensions', [])), None)


class Known:
    """The written list of differences that are meant: `peer | pattern | reason` in each line of `known.txt`."""

    def __init__(self):
        self._rows = []
        for line in KNOWN.read_text().splitlines():
            if line and not line.startswith('#'):
                peer, pattern, reason = line.split(' | ')
                self._rows.append([peer, re.compile(pattern), reason, 0])

    def reason(self, peer, kind, text, query):
        """Why this difference is meant, or None."""
        said = f'{kind}: {text} <- {json.dumps(query)}'
        for row in self._rows:
            if row[0] in ('*', peer) and row[1].search(said):
                row[3] += 1
                return row[2]
        return None

    def counts(self):
        """`[(peer, pattern, reason, how often it was met)]`."""
        return [(peer, pattern.pattern, reason, count) for peer, pattern, reason, count in self._rows]

"""The queries that the oracle asks: the recorded ones, every operator on every type, and random ones from a seed."""
import json
import random

from servers import CONFORMANCE

GRANULARITIES = ('second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year')
ZONES = ('UTC', 'America/Los_Angeles', 'Europe/London', 'Asia/Kolkata', 'Pacific/Apia', 'America/St_Johns')
TEXTS = ('o', 'O\'Neil', '%', '_', 'k\\S', '', 'São', 'NULL', ' ', '"', 'Completed')
NUMBERS = ('0', '-1', '40', '50.5', '1e2', '100000')
DAYS = ('2019-12-31', '2020-01-01', '2020-02-29', '2020-03-15', '2020-03-29', '2020-10-25')
MOMENTS = ('2020-02-29T12:30:00', '2020-03-29T01:30:00.500', '2020-11-01T00:00:00.000')
UNARY = ('set', 'notSet')
OPERATORS = {
    'string': ('equals', 'notEquals', 'contains', 'notContains', 'startsWith', 'notStartsWith', 'endsWith', 'notEndsWith', *UNARY),
    'number': ('equals', 'notEquals', 'gt', 'gte', 'lt', 'lte', *UNARY),
    'boolean': ('equals', 'notEquals', *UNARY),
    'time': ('inDateRange', 'notInDateRange', 'onTheDate', 'beforeDate', 'beforeOrOnDate', 'afterDate', 'afterOrOnDate',
             'equals', 'notEquals', *UNARY),
}
# Measures over rows of a window: without a range of dates Cube's JavaScript planner has no answer.
WINDOWED = ('rolling', 'running')
# Cubes that reach one another by joins, and cubes that stand alone.
JOINED = ('Orders', 'LineItems', 'Users', 'Products', 'ProductCategories', 'Suppliers')


def recorded():
    """`[(name, parameters, security context)]` of the recorded cases."""
    cases = map(json.loads, (CONFORMANCE / 'cases.jsonl').read_text().splitlines())
    return [(case['name'], {key: case[key] for key in ('query', 'queryType') if key in case}, case.get('securityContext'))
            for case in cases]


class Vocabulary:
    """The members of `/v1/meta`, by kind."""

    def __init__(self, meta):
        self.cubes = {cube['name']: cube for cube in meta['cubes']}

    def dimensions(self, cubes, *types):
        """Visible dimensions of these cubes, of these types when some are given."""
        return [(one['name'], one['type']) for cube in cubes if cube in self.cubes for one in self.cubes[cube]['dimensions']
                if one.get('isVisible', True) and (not types or one['type'] in types)]

    def measures(self, cubes):
        """Visible measures of these cubes."""
        return [one['name'] for cube in cubes if cube in self.cubes for one in self.cubes[cube]['measures'] if one.get('isVisible', True)]

    def segments(self, cubes):
        """Segments of these cubes."""
        return [one['name'] for cube in cubes if cube in self.cubes for one in self.cubes[cube]['segments']]

    def granularities(self, dimension):
        """The author's own granularities of a time dimension."""
        for cube in self.cubes.values():
            for one in cube['dimensions']:
                if one['name'] == dimension:
                    return [granularity['name'] for granularity in one.get('granularities', [])]
        return []


def systematic(words, chance):
    """Every operator on every dimension of the joined cubes, with none, one and several values, one of them null."""
    asked = []
    for member, kind in words.dimensions(words.cubes):
        if kind not in OPERATORS:
            continue
        count = f"{member.split('.')[0]}.count"
        for operator in OPERATORS[kind]:
            for several in (False, True):
                query = {'measures': [count], 'filters': [_filter(chance, member, kind, operator, several)],
                         'timezone': chance.choice(ZONES)}
                asked.append((f'{operator} on {kind}', {'query': query}, {'id': 5}))
    for member, _ in words.dimensions(words.cubes, 'time'):
        count = f"{member.split('.')[0]}.count"
        for granularity in (*GRANULARITIES, *words.granularities(member)):
            time = {'dimension': member, 'granularity': granularity, 'dateRange': ['2020-03-07', '2020-04-06']}
            asked.append((f'granularity {granularity}', {'query': {'measures': [count], 'timeDimensions': [time],
                          'timezone': chance.choice(ZONES)}}, {'id': 5}))
    for measure in words.measures(words.cubes):
        asked.append(('measure', {'query': {'measures': [measure]}}, {'id': 5}))
        time = next(iter(words.dimensions([measure.split('.')[0]], 'time')), None)
        for granularity in ('day', 'week', 'month') if time else ():
            asked.append((f'measure by {granularity}', {'query': {'measures': [measure], 'timeDimensions': [
                {'dimension': time[0], 'granularity': granularity, 'dateRange': ['2020-02-20', '2020-04-10']}]}}, {'id': 5}))
    return asked


def _filter(chance, member, kind, operator, several=False):
    if operator in UNARY:
        return {'member': member, 'operator': operator}
    values = _values(chance, kind, operator, 3 if several else 1)
    if several and kind != 'time' and operator in ('equals', 'notEquals', 'contains', 'notContains'):
        values[chance.randrange(3)] = None if operator in ('equals', 'notEquals') else values[0]
    return {'member': member, 'operator': operator, 'values': values}


def _values(chance, kind, operator, count):
    if kind == 'time':
        if operator.endswith('DateRange'):
            return sorted(chance.sample(DAYS + MOMENTS, 2))
        return [chance.choice(DAYS + MOMENTS) for _ in range(count if operator in ('equals', 'notEquals') else 1)]
    pool = {'string': TEXTS + ('completed', 'shipped', 'Boston', 'CA', 'male', 'Company 7'), 'number': NUMBERS,
            'boolean': ('true', 'false')}[kind]
    return [chance.choice(pool) for _ in range(count)]


def random_ones(words, chance, count):
    """Queries of everything at once: measures of one or two cubes, dimensions, times, trees of filters, segments, orders."""
    return [(f'random {number}', *_draw(words, chance)) for number in range(count)]


def _draw(words, chance):
    joined = [name for name in words.cubes if name in JOINED]
    others = [name for name in words.cubes if name not in JOINED]
    cubes = [chance.choice(others)] if others and chance.random() < 0.2 else chance.sample(joined, chance.choice((1, 1, 2, 2, 3)))
    query = {}
    measures = words.measures(cubes)
    windowed = False
    if measures and chance.random() < 0.9:
        query['measures'] = chance.sample(measures, min(len(measures), chance.choice((1, 1, 2, 3))))
        windowed = any(word in measure for word in WINDOWED for measure in query['measures'])
    plain = words.dimensions(cubes, 'string', 'number', 'boolean', 'geo')
    if plain and chance.random() < 0.7:
        few = [name for name, _ in plain if not name.endswith(('.id', '.location', '.email', '.name', '.price', '.amount'))] or [plain[0][0]]
        query['dimensions'] = chance.sample(few, min(len(few), chance.choice((1, 1, 2))))
    times = words.dimensions(cubes, 'time')
    if times and (windowed or chance.random() < 0.5):
        name = chance.choice(times)[0]
        time = {'dimension': name}
        if windowed or chance.random() < 0.8:
            time['granularity'] = chance.choice(('day', 'week', 'month', 'quarter', 'year', *words.granularities(name)))
        if windowed or chance.random() < 0.7:
            time['dateRange'] = sorted(chance.sample(DAYS, 2))
        query['timeDimensions'] = [time]
    if not query.get('measures') and not query.get('dimensions'):
        query['measures'] = measures[:1]
    if not any(query.get(key) for key in ('measures', 'dimensions')):
        return _draw(words, chance)
    if chance.random() < 0.5:
        filterable = words.dimensions(cubes, *OPERATORS)
        if filterable:
            query['filters'] = [_tree(chance, filterable, 2) for _ in range(chance.choice((1, 1, 2)))]
    if query.get('measures') and chance.random() < 0.2:
        having = {'member': query['measures'][0], 'operator': chance.choice(('gt', 'lte', 'set', 'notEquals')), 'values': ['50']}
        if having['operator'] == 'set':
            having.pop('values')
        query.setdefault('filters', []).append(having)
    segments = words.segments(cubes)
    if segments and chance.random() < 0.2:
        query['segments'] = [chance.choice(segments)]
    if chance.random() < 0.4:
        query['timezone'] = chance.choice(ZONES)
    _order(query, chance)
    if chance.random() < 0.1:
        query['total'] = True
    if chance.random() < 0.1:
        query['responseFormat'] = 'compact'
    return {'query': query}, {'id': chance.choice((5, 6, [5, 6]))}


def _order(query, chance):
    """An order of everything that is grouped by, so that a limit means the same rows on both sides."""
    if chance.random() < 0.5:
        return
    members = list(query.get('dimensions', []))
    members += [time['dimension'] for time in query.get('timeDimensions', []) if time.get('granularity')]
    if not members:
        return
    chance.shuffle(members)
    query['order'] = [[member, chance.choice(('asc', 'desc'))] for member in members]
    if chance.random() < 0.4:
        query['limit'] = chance.choice((1, 3, 10))
        if chance.random() < 0.5:
            query['offset'] = chance.choice((1, 5))


def _tree(chance, members, depth):
    if depth and chance.random() < 0.3:
        return {chance.choice(('or', 'and')): [_tree(chance, members, depth - 1) for _ in range(chance.choice((1, 2, 3)))]}
    member, kind = chance.choice(members)
    return _filter(chance, member, kind, chance.choice(OPERATORS[kind]), chance.random() < 0.3)


def shapes(words, chance):
    """compareDateRange, blending, ungrouped, several time dimensions and other forms, over the joined cubes."""
    asked = []
    days = {'dimension': 'Orders.createdAt', 'granularity': 'week'}
    for measure in ('Orders.count', 'Orders.totalNumber', 'LineItems.totalAmount'):
        asked += [
            ('compareDateRange', {'queryType': 'multi', 'query': {'measures': [measure], 'timeDimensions': [
                {**days, 'compareDateRange': [['2020-01-01', '2020-01-31'], ['2020-02-01', '2020-02-29']]}]}}, None),
            ('compareDateRange without a granularity', {'queryType': 'multi', 'query': {'measures': [measure], 'timeDimensions': [
                {'dimension': 'Orders.createdAt', 'compareDateRange': [['2020-01-01', '2020-01-31'], ['2019-02-01', '2019-02-28']]}]}}, None),
            ('compareDateRange compact', {'queryType': 'multi', 'query': {'measures': [measure], 'responseFormat': 'compact', 'timeDimensions': [
                {**days, 'compareDateRange': [['2020-01-01', '2020-01-31'], ['2020-02-01', '2020-02-29']]}]}}, None),
            ('blending', {'queryType': 'multi', 'query': [
                {'measures': [measure], 'timeDimensions': [{**days, 'dateRange': ['2020-01-01', '2020-02-29']}]},
                {'measures': ['Users.count'], 'timeDimensions': [{'dimension': 'Users.createdAt', 'granularity': 'week',
                                                                   'dateRange': ['2019-01-01', '2019-02-28']}]}]}, None),
            ('ungrouped', {'query': {'ungrouped': True, 'measures': [measure], 'dimensions': [f"{measure.split('.')[0]}.id"],
                                     'order': {f"{measure.split('.')[0]}.id": 'asc'}, 'limit': 20}}, None),
            ('two granularities', {'query': {'measures': [measure], 'timeDimensions': [
                {**days, 'dateRange': ['2020-01-01', '2020-02-29']}, {**days, 'granularity': 'month'}]}}, None),
            ('granularity as a dimension', {'query': {'measures': [measure], 'dimensions': ['Orders.createdAt.quarter']}}, None),
            ('columnar', {'query': {'measures': [measure], 'dimensions': ['Orders.status'], 'responseFormat': 'columnar'}}, None),
            ('no rows', {'query': {'measures': [measure], 'limit': 0}}, None),
            ('total with a limit', {'query': {'measures': [measure], 'dimensions': ['Orders.number'], 'total': True, 'limit': 7,
                                              'order': {'Orders.number': 'asc'}}}, None),
        ]
    for text in ('today', 'yesterday', 'this week', 'last 3 days', 'last month', 'last 2 quarters', 'this year', 'next week',
                 'from 2 days ago to now', '2020', 'January 2020', 'from 2020-01-01 to 2020-02-01', 'last 1 year', 'next 2 months'):
        asked.append((f'dateRange {text}', {'query': {'measures': ['Orders.count'], 'timezone': chance.choice(ZONES), 'timeDimensions': [
            {'dimension': 'Orders.createdAt', 'granularity': 'month', 'dateRange': text}]}}, None))
    return asked if 'Orders' in words.cubes else []


def all_of(meta, seed, count):
    """Everything: `[(name, parameters, security context)]`, the same for the same seed."""
    words, chance = Vocabulary(meta), random.Random(seed)
    return recorded() + systematic(words, chance) + shapes(words, chance) + random_ones(words, chance, count)

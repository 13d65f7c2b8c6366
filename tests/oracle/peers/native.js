// Preloaded into Cube 1.x: stands in for its native add-on, whose binary is not in the npm registry.
//
// Only what the REST API needs is here: shaping the driver's rows into the answer. Planning is left to Cube's own
// JavaScript planner (CUBEJS_TESSERACT_SQL_PLANNER=false). There is no Jinja, no Python and no SQL API.
const Module = require('module');
const fs = require('fs');

const LEVELS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
const levelOf = (granularity) => (LEVELS.includes(granularity) ? LEVELS.indexOf(granularity) : LEVELS.length + 1);

/** `[[key of the answer, column of the rows]]`, in the order of the columns. */
function keys({ aliasToMemberNameMap, annotation, query, queryType }, columns) {
  const found = [];
  const smallest = new Map();
  for (const column of columns) {
    const member = aliasToMemberNameMap[column];
    if (!annotation[member]) {
      throw new Error(`You requested hidden member: '${member}'. Please make it visible using \`public: true\`. `
        + 'Please note primaryKey fields are `public: false` by default: '
        + 'https://docs.cube.dev/reference/data-modeling/joins#setting-a-primary-key.');
    }
    found.push([member, column]);
    const [cube, name, granularity] = member.split('.');
    const bare = `${cube}.${name}`;
    if (granularity && !(query.dimensions || []).includes(bare)) {
      const known = smallest.get(bare);
      if (!known || known.level >= levelOf(granularity)) {
        smallest.set(bare, { level: levelOf(granularity), column });
      }
    }
  }
  for (const [member, { column }] of smallest) {
    found.push([member, column]);
  }
  if (queryType === 'blendingQuery') {
    const [{ dimension, granularity }] = query.timeDimensions;
    found.push([`time.${granularity}`, found.find(([member]) => member === dimension)[1]]);
  }
  return found;
}

const iso = (text) => (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/.test(text)
  ? `${text.slice(0, 10)}T${text.slice(11, 19)}${((/\.(\d+)/.exec(text) || ['', ''])[1] + '000').slice(0, 3).replace(/^/, '.')}`
  : text);

function dataOf(request, buffer) {
  const { members, columns } = JSON.parse(Buffer.from(buffer).toString());
  const wanted = keys(request, members);
  const readers = wanted.map(([member, column]) => {
    const values = columns[members.indexOf(column)];
    return (request.annotation[member] || {}).type === 'time' ? values.map((value) => (typeof value === 'string' ? iso(value) : value)) : values;
  });
  if (request.queryType === 'compareDateRangeQuery' && wanted.length) {
    const range = request.query.timeDimensions[0].dateRange.join(' - ');
    wanted.push(['compareDateRange']);
    readers.push(readers[0].map(() => range));
  }
  const names = wanted.map(([member]) => member);
  if (request.resType === 'columnar') {
    return { members: names, columns: readers };
  }
  const rows = (readers[0] || []).map((_, row) => readers.map((values) => values[row]));
  if (request.resType === 'compact') {
    return { members: names, dataset: rows };
  }
  return rows.map((row) => Object.fromEntries(row.map((value, column) => [names[column], value])));
}

const bytes = (answer) => {
  const buffer = Buffer.from(JSON.stringify(answer));
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
};

const native = {
  isFallbackBuild: () => true,
  setupLogger() {},
  resetLogger() {},
  registerInterface: async () => ({}),
  shutdownInterface: async () => {},
  newJinjaEngine: () => ({ loadTemplate() {}, renderTemplate() { throw new Error('there is no Jinja in the stand-in'); } }),
  getFinalQueryResult: async (request, rows, answer) => bytes({ ...answer, data: dataOf(request, rows) }),
  getFinalQueryResultMulti: async (requests, rows, answer) => bytes({
    ...answer, results: answer.results.map((one, index) => ({ ...one, data: dataOf(requests[index], rows[index]) })),
  }),
};

const isNative = (path) => /native[\\/].*index\.node$/.test(String(path)) || String(path).endsWith('/../../index.node');
const { existsSync } = fs;
fs.existsSync = (path) => isNative(path) || existsSync(path);
const load = Module._load;
Module._load = function withStandIn(request, ...rest) {
  return isNative(request) ? native : load.call(this, request, ...rest);
};

// Cube's own client, unmodified, does against Tessera what it does against Cube.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { token } from './token.js';

const require = createRequire(import.meta.url);
const apiUrl = process.env.TESSERA_URL;
const byStatus = { measures: ['Orders.count'], dimensions: ['Orders.status'], order: { 'Orders.status': 'asc' } };

for (const name of ['client-0.28', 'client-1']) {
  const loaded = require(name);
  const cube = loaded.default ?? loaded;
  const api = cube(token(), { apiUrl });

  test(`${name}: load gives rows, a table and a series`, async () => {
    const result = await api.load(byStatus);
    assert.deepEqual(result.tablePivot().map((row) => row['Orders.status']), ['completed', 'processing', 'returned', 'shipped']);
    assert.deepEqual(result.tablePivot().map((row) => String(row['Orders.count'])), ['31958', '5671', '2577', '9794']);
    assert.equal(result.series().length, 1);
    assert.equal(result.series()[0].series.length, 4);
    assert.deepEqual(result.tableColumns().map((column) => column.key), ['Orders.status', 'Orders.count']);
    assert.equal(result.tableColumns()[1].title, 'Orders Count');
  });

  test(`${name}: a time series is filled and pivots on the server's own dates`, async () => {
    const result = await api.load({
      measures: ['Orders.count'],
      timeDimensions: [{ dimension: 'Orders.createdAt', granularity: 'month', dateRange: ['2023-11-01', '2025-02-28'] }],
    });
    const pivot = result.chartPivot();
    assert.equal(pivot.length, 16);
    assert.equal(pivot[0].x, '2023-11-01T00:00:00.000');
    const counts = pivot.map((row) => Number(row['Orders.count']));
    assert.ok(counts.slice(0, 14).every((count) => count > 0), `${counts}`);
    assert.deepEqual(counts.slice(14), [0, 0], 'months without orders');
  });

  test(`${name}: a join, a filter and numbers cast by the client`, async () => {
    const result = await api.load({
      measures: ['Orders.count'],
      dimensions: ['Users.country'],
      filters: [{ member: 'Users.country', operator: 'equals', values: ['Germany', 'Japan'] }],
    });
    assert.deepEqual(result.tablePivot().map((row) => row['Users.country']).sort(), ['Germany', 'Japan']);
    if (name === 'client-1') {
      const cast = await api.load(byStatus, { castNumerics: true });
      assert.strictEqual(cast.tablePivot()[0]['Orders.count'], 31958);
    }
  });

  test(`${name}: a query too long for a URL is posted`, async () => {
    const values = Array.from({ length: 400 }, (_, index) => `country number ${index}`);
    const result = await api.load({
      measures: ['Orders.count'],
      filters: [{ member: 'Users.country', operator: 'equals', values: ['Japan', ...values] }],
    });
    assert.ok(Number(result.tablePivot()[0]['Orders.count']) > 0);
  });

  test(`${name}: several queries at once`, async () => {
    const [one, other] = await Promise.all([api.load({ measures: ['Orders.count'] }), api.load({ measures: ['Users.count'] })]);
    assert.equal(String(one.tablePivot()[0]['Orders.count']), '50000');
    assert.equal(String(other.tablePivot()[0]['Users.count']), '5000');
  });

  test(`${name}: meta knows members, titles and types`, async () => {
    const meta = await api.meta();
    assert.deepEqual(meta.cubes.map((one) => one.name).sort(), ['Orders', 'Slow', 'Users']);
    assert.equal(meta.resolveMember('Orders.count', 'measures').title, 'Orders Count');
    assert.equal(meta.resolveMember('Orders.createdAt', 'dimensions').type, 'time');
    assert.ok(meta.resolveMember('Orders.nope', 'measures').error);
    assert.ok(meta.membersForQuery({}, 'measures').length >= 3);
  });

  test(`${name}: sql shows the statement`, async () => {
    const query = await api.sql({ ...byStatus, filters: [{ member: 'Orders.status', operator: 'equals', values: ['shipped'] }] });
    assert.match(query.sql(), /select/i);
    assert.ok(!query.sql().includes("'shipped'"), 'a value in the text');
  });

  test(`${name}: dryRun shows the normal form`, async () => {
    const dry = await api.dryRun(byStatus);
    assert.equal(dry.queryType, 'regularQuery');
    assert.deepEqual(dry.normalizedQueries[0].measures, ['Orders.count']);
    assert.deepEqual(dry.pivotQuery.dimensions, ['Orders.status']);
    assert.deepEqual(dry.queryOrder, [{ 'Orders.status': 'asc' }]);
  });

  test(`${name}: a slow query reports progress and ends with rows`, async () => {
    const progress = [];
    const result = await api.load({ measures: ['Slow.count'] }, { progressCallback: (step) => progress.push(step) });
    assert.equal(String(result.tablePivot()[0]['Slow.count']), '1');
    assert.ok(progress.length >= 1, 'no progress was reported');
  });

  test(`${name}: an error has the server's sentence and status`, async () => {
    await assert.rejects(api.load({ measures: ['Orders.nope'] }), (error) => {
      assert.equal(error.message, "'nope' not found for path 'Orders.nope'");
      assert.equal(error.response.type, 'UserError');
      if (name === 'client-1') assert.equal(error.status, 400);
      return true;
    });
  });

  test(`${name}: an expired token is refused, a refreshed one is used`, async () => {
    let asked = 0;
    const refreshing = cube(async () => token((asked += 1) === 1 ? -3600 : 3600), { apiUrl });
    await assert.rejects(refreshing.load(byStatus), /Invalid token/);
    const result = await refreshing.load(byStatus);
    assert.equal(result.tablePivot().length, 4);
    assert.equal(asked, 2);
  });
}

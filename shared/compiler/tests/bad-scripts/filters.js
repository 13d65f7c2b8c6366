cube(`A`, {
  sql: `SELECT * FROM a WHERE ${FILTER_PARAMS.A.id} AND ${FILTER_PARAMS.A.nope.filter(`x`)} AND ${FILTER_GROUP(`x`)}`,
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});

cube(`A`, {
  sql: `SELECT * FROM a WHERE ${SECURITY_CONTEXT} AND ${SECURITY_CONTEXT.id.filter()} AND ${SECURITY_CONTEXT.id.filter(``)}`,
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});

cube(`A`, { sqlTable: `a`, dimensions: {
  x: { sql: `${`${CUBE}`.toUpperCase()}.x`, type: `string` },
  y: { sql: `${`${CUBE}.y`.slice(0, 10)}`, type: `string` } } });

cube(`A`, {
  sqlTable: `a`,
  measures: { x: { type: `count` } },
  dimensions: { x: { sql: `x`, type: `string` } },
});

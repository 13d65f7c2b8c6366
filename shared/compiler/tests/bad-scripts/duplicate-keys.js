cube(`A`, {
  sqlTable: `a`,
  measures: {
    count: { type: `count` },
    count: { type: `sum`, sql: `x` },
  },
});

cube(`A`, {
  sqlTable: `a`,
  measures: { __proto__: { type: `count` } },
});

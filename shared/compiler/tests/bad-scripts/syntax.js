cube(`A`, {
  sqlTable: `a`,
  measures: { count: { type: } },
});

cube(`A`, {
  sqlTabel: `a`,
  measures: { count: { type: `cuont` } },
});

cube(`A`, {
  sqlTable: `a`,
  dimensions: {
    one: { sql: `${two}`, type: `string` },
    two: { sql: `${one}`, type: `string` },
  },
});

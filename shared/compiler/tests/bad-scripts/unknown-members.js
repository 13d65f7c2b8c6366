cube(`A`, {
  sqlTable: `a`,
  measures: { total: { type: `sum`, sql: `${CUBE.amout} + ${amont} + ${Other.x}`, drillMembers: [idd] } },
  dimensions: { amount: { sql: `amount`, type: `number` }, id: { sql: `id`, type: `number`, primaryKey: true } },
});

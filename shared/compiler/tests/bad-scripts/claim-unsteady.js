let turn = 0;
cube(`A`, {
  sql: () => {
    turn += 1;
    return SECURITY_CONTEXT[`claim${turn}`].unsafeValue() ? `a` : `b`;
  },
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});

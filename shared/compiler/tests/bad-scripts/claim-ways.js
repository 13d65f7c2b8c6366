const add = (parts, claim, name) => { if (claim === name) parts.push(name); };
cube(`A`, {
  sql: () => {
    const parts = [];
    for (const name of [`a`, `b`, `c`, `d`, `e`, `f`, `g`]) {
      if (SECURITY_CONTEXT[name].unsafeValue() === 1) parts.push(name);
    }
    return parts.join(` `);
  },
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});

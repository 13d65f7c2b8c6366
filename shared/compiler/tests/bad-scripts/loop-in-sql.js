const spin = () => { for (;;) {} };
cube(`A`, { sql: `SELECT ${spin()}`, dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } } });

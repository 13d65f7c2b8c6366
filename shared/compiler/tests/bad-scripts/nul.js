cube(`A`, { sqlTable: `a\0b`, dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } } });

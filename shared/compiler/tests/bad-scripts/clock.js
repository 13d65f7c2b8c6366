cube(`A`, { sql: `SELECT * FROM a WHERE at > '${new Date().toISOString()}'`, dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } } });

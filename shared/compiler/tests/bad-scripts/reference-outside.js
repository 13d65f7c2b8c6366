const filter = { sql: `${CUBE}.x = 1` };
cube(`A`, { sqlTable: `a`, segments: { x: filter } });

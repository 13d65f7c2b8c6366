const x = 1;
cube(`A`, { sqlTable: `a`, title: missing.title });

cube(`__proto__`, { sqlTable: `a` });
cube(`constructor`, { sqlTable: `a`, dimensions: {
  constructor: { sql: `x`, type: `string` }, y: { sql: `${toString}`, type: `string` } } });
cube(`C`, { sqlTable: `c`, extends: `toString` });

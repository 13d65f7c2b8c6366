Object.prototype.sql = `polluted`;
Array.prototype.map = () => { throw new Error(`mine`); };
cube(`A`, { sqlTable: `a`, measures: { total: { type: `sum` } } });

cube(`A`, {
  sqlTable: `a`,
  extends: SECURITY_CONTEXT.role.unsafeValue() === `admin` ? B : C,
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});
cube(`B`, { sqlTable: `b` });
cube(`C`, { sqlTable: `c` });

const schemas = { a: { name: `x` } };
cube(`A`, {
  sql: () => { if (SECURITY_CONTEXT.role.unsafeValue() === `admin`) return `SELECT 1`; },
  segments: {
    list: { sql: () => (SECURITY_CONTEXT.role.unsafeValue() ? [`a`] : `b`) },
    object: { sql: `${SECURITY_CONTEXT.role.unsafeValue() ? {} : `b`}` },
    lookup: { sql: `${schemas[SECURITY_CONTEXT.role.unsafeValue()].name}` },
    never: { sql: () => { if (SECURITY_CONTEXT.role.unsafeValue()) throw new Error(`no`); throw new Error(`none`); } },
    typo: { sql: () => { if (SECURITY_CONTEXT.role.unsafeValue()) return `a`; return misspelt; } },
    sql: { sql: `${`${CUBE}.a = ${SECURITY_CONTEXT.role.unsafeValue()}`.trim()}` },
    text: { sql: `${`${SECURITY_CONTEXT.role.unsafeValue() ? CUBE : ``}` === `a` ? 1 : 2}` },
  },
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});

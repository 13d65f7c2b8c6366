const ids = (context) => context.ids.unsafeValue();
cube(`A`, {
  sql: `SELECT * FROM a WHERE id IN (${ids(SECURITY_CONTEXT).map((id) => `'${id}'`).join()})`,
  segments: {
    one: { sql: `${SECURITY_CONTEXT.role.unsafeValue().slice(1)}` },
    two: { sql: `${SECURITY_CONTEXT.role.unsafeValue().replace(/[a-z]/g, `x`)}` },
    three: { sql: `${SECURITY_CONTEXT.role.unsafeValue().includes(`a`, 2)}` },
    four: { sql: `${parseInt(SECURITY_CONTEXT.role.unsafeValue(), 16)}` },
    five: { sql: `${Math.max(1, SECURITY_CONTEXT.id.unsafeValue())}` },
    six: { sql: `${SECURITY_CONTEXT.id.unsafeValue() + 1}` },
    seven: { sql: `${SECURITY_CONTEXT.role.unsafeValue()()}` },
    eight: { sql: `${[].concat(SECURITY_CONTEXT.ids.unsafeValue()).length}` },
    nine: { sql: `${SECURITY_CONTEXT.ids.unsafeValue().some((a) => SECURITY_CONTEXT.ids.unsafeValue().some((b) => a === b))}` },
  },
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});

cube(`A`, {
  sql: () => {
    const parts = [];
    for (const id of SECURITY_CONTEXT.ids.unsafeValue()) parts.push(id);
    return parts.join();
  },
  segments: {
    spread: { sql: () => [...SECURITY_CONTEXT.ids.unsafeValue()].join() },
    names: { sql: () => { for (const name in SECURITY_CONTEXT.user.unsafeValue()) return name; } },
    count: { sql: () => { for (let i = 0; i < SECURITY_CONTEXT.ids.unsafeValue().length; i++); return `x`; } },
    letters: { sql: () => { for (const letter of `${SECURITY_CONTEXT.role.unsafeValue()}`) return letter; } },
    defaults: { sql: () => { const { a = 1 } = SECURITY_CONTEXT.user.unsafeValue(); return a; } },
  },
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});

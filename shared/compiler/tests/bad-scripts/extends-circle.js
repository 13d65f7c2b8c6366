cube(`A`, { sqlTable: `a`, extends: B });
cube(`B`, { sqlTable: `b`, extends: A });

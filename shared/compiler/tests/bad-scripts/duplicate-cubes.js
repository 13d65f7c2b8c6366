cube(`A`, { sqlTable: `a` });

cube(`A`, { sqlTable: `b` });

const x = await 1;
cube(`A`, { sqlTable: `a` });

cube({ sqlTable: `a` });

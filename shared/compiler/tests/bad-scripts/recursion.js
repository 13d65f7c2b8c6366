const deeper = (n) => deeper(n + 1) + 1;
cube(`A`, { sqlTable: `a`, title: deeper(0) });

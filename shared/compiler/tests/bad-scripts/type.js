const options = null;
cube(`A`, { sqlTable: `a`,
  title: options.title });

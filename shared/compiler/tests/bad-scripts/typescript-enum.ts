enum Kind { A }
cube('A', { sqlTable: 'a' });

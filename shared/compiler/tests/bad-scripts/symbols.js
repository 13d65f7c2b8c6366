const self = {};
self.self = self;
cube(`A`, { sqlTable: `a`, meta: self, title: Symbol(`x`) });

const _ = require(`lodash`);

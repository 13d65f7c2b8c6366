throw `only a text`;

cube(`A`);

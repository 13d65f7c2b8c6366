asyncModule(async () => {
  await null;
  throw new Error(`the list of tables is empty`);
});

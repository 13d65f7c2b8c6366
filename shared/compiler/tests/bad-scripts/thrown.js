if (true) {
  throw new Error(`no model today`);
}

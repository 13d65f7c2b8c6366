asyncModule(() => new Promise(() => {}));

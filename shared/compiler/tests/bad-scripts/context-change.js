COMPILE_CONTEXT.securityContext = {};

// Starts the Cube server whose packages are in the folder that is the first argument, on PORT.
const path = require('path');

const { CubejsServer } = require(path.join(process.argv[2], 'node_modules/@cubejs-backend/server'));
new CubejsServer().listen().catch((error) => {
  console.error(error);
  process.exit(1);
});

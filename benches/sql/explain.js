// Runs statements on PostgreSQL: a JSON line {text, parameters} in, the milliseconds it took as a JSON line out.
// Arguments: the folder whose node_modules has `pg`. The connection is in CUBEJS_DB_*.
const path = require('path');
const readline = require('readline');

const { Client } = require(path.join(process.argv[2], 'node_modules/pg'));

async function main() {
  const at = process.env;
  const client = new Client({
    host: at.CUBEJS_DB_HOST, port: Number(at.CUBEJS_DB_PORT), database: at.CUBEJS_DB_NAME, user: at.CUBEJS_DB_USER, password: at.CUBEJS_DB_PASS,
  });
  await client.connect();
  await client.query("SET TIME ZONE 'UTC'");
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { text, parameters } = JSON.parse(line);
    const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`, parameters);
    const [plan] = rows[0]['QUERY PLAN'];
    console.log(JSON.stringify(plan['Planning Time'] + plan['Execution Time']));
  }
  await client.end();
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});

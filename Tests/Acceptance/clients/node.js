// node-postgres as an application uses it: `node node.js PORT`, with the module pg where node finds it.
const assert = require("node:assert");
const { Client, Pool, types } = require("pg");

async function main(port) {
  const where = { host: "127.0.0.1", port, user: "admin", database: "postgres" };
  const client = new Client(where);
  const notices = [];
  client.on("notice", (notice) => notices.push(notice.message));
  await client.connect();
  await client.query("DROP TABLE IF EXISTS node");
  assert.deepStrictEqual(notices, ['table "node" does not exist, skipping']);
  await client.query(
    "CREATE TABLE node (id serial PRIMARY KEY, name text UNIQUE, n numeric(10,2), big int8, at timestamptz, j jsonb, a int[]," +
      " tags text[], b bytea, ok bool, f float8)",
  );

  // Parameters have no types of their own here: all are texts.
  const at = new Date("2024-01-02T03:04:05.678Z");
  const values = ["ann", 12.34, "9007199254740993", at, { a: [1, 2] }, [1, 2, null], ["x", "y,z"], Buffer.from([0, 255]), true, 1.5];
  const text = "INSERT INTO node (name, n, big, at, j, a, tags, b, ok, f) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *";
  const { rows, rowCount, command } = await client.query(text, values);
  assert.strictEqual(command, "INSERT");
  assert.strictEqual(rowCount, 1);
  assert.deepStrictEqual(
    { ...rows[0] },
    {
      id: 1, name: "ann", n: "12.34", big: "9007199254740993", at, j: { a: [1, 2] }, a: [1, 2, null], tags: ["x", "y,z"],
      b: Buffer.from([0, 255]), ok: true, f: 1.5,
    },
  );

  // A named statement is prepared once; answers come as arrays.
  for (let n = 2; n < 20; n++) {
    await client.query({ name: "insert", text: "INSERT INTO node (name, n) VALUES ($1, $2)", values: [`name ${n}`, n] });
  }
  const arrays = await client.query({ text: "SELECT id, name FROM node WHERE id > $1 ORDER BY id LIMIT 2", values: [1], rowMode: "array" });
  assert.deepStrictEqual(arrays.rows, [[2, "name 2"], [3, "name 3"]]);
  assert.strictEqual(arrays.fields[0].dataTypeID, types.builtins.INT4);
  const several = await client.query("SELECT 1 AS one; SELECT 2 AS two");
  assert.deepStrictEqual(several.map((result) => result.rows[0]), [{ one: 1 }, { two: 2 }]);

  // Errors have their fields, and the connection goes on.
  await assert.rejects(client.query("INSERT INTO node (name) VALUES ($1)", ["ann"]), (error) => {
    assert.strictEqual(error.code, "23505");
    assert.strictEqual(error.constraint, "node_name_key");
    assert.strictEqual(error.table, "node");
    assert.strictEqual(error.detail, "Key (name)=(ann) already exists.");
    return true;
  });
  await assert.rejects(client.query("SELECT nothing"), { code: "42703", position: "8" });

  await client.query("BEGIN");
  await client.query("UPDATE node SET n = 0");
  await client.query("ROLLBACK");
  assert.strictEqual((await client.query("SELECT count(*) FROM node WHERE n = 0")).rows[0].count, "0");

  // Notifications come to one that rests.
  const heard = new Promise((resolve) => client.once("notification", resolve));
  await client.query("LISTEN news");
  const pool = new Pool({ ...where, max: 5 });
  await pool.query("SELECT pg_notify($1, $2)", ["news", "hello"]);
  assert.strictEqual((await heard).payload, "hello");
  const sums = await Promise.all([...Array(50).keys()].map((n) => pool.query("SELECT $1::int + 1 AS sum", [n])));
  assert.deepStrictEqual(sums.map((result) => result.rows[0].sum), [...Array(50).keys()].map((n) => n + 1));
  await pool.end();
  await client.end();
}

main(Number(process.argv[2])).catch((error) => {
  console.error(error);
  process.exit(1);
});

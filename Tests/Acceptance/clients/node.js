// node-postgres as an application uses it: `node node.js PORT [TLS-PORT OTHERS-PORT AUTHORITY]`, with the module pg where node finds it.
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
  await search(client);
  await client.end();
}

// Texts that are searched: by a column that is generated, and by an expression of a column, each with an index.
async function search(client) {
  await client.query("DROP TABLE IF EXISTS page");
  await client.query(
    "CREATE TABLE page (id int PRIMARY KEY, title text, body text, words tsvector GENERATED ALWAYS AS" +
      " (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')) STORED)",
  );
  await client.query("CREATE INDEX page_words ON page USING gin (words)");
  await client.query("CREATE INDEX page_body ON page USING gin (to_tsvector('english', body))");
  const pages = [
    ["Trees of pages", "A tree is written by copy on write."],
    ["Logs", "What is written goes to a log first; of a log a tree is made."],
    ["Telephones", "A telephone in Zürich, and no trees."],
  ];
  for (let n = 4; n <= 60; n++) pages.push(["Others", `Nothing of the kind, number ${n}.`]);
  for (const [n, [title, body]] of pages.entries()) {
    const insert = { name: "page", text: "INSERT INTO page (id, title, body) VALUES ($1, $2, $3)", values: [n + 1, title, body] };
    await client.query(insert);
  }
  const ranked =
    "SELECT id, ts_rank(words, query) AS rank, ts_headline('english', body, query, 'StartSel=[, StopSel=]') AS shown" +
    " FROM page, websearch_to_tsquery('english', $1) query WHERE words @@ query ORDER BY rank DESC, id LIMIT 10";
  const trees = [
    { id: 1, rank: 0.66871977, shown: "A [tree] is written by copy on write." },
    { id: 2, rank: 0.24317084, shown: "What is written goes to a log first; of a log a [tree] is made." },
    { id: 3, rank: 0.24317084, shown: "A telephone in Zürich, and no [trees]." },
  ];
  for (let round = 0; round < 3; round++) {
    const { rows, fields } = await client.query({ name: "search", text: ranked, values: ["trees"] });
    assert.deepStrictEqual(rows.map((row) => ({ ...row })), trees);
    assert.deepStrictEqual(fields.map((field) => field.dataTypeID), [types.builtins.INT4, types.builtins.FLOAT4, types.builtins.TEXT]);
  }
  const found = async (condition, ...values) =>
    (await client.query(`SELECT id FROM page WHERE ${condition} ORDER BY id`, values)).rows.map((row) => row.id);
  assert.deepStrictEqual((await client.query({ name: "search", text: ranked, values: ["nowhere"] })).rows, []);
  assert.deepStrictEqual(await found("words @@ websearch_to_tsquery('english', $1)", '"copy on write" -log'), [1]);
  assert.deepStrictEqual(await found("to_tsvector('english', body) @@ to_tsquery('english', $1)", "tele:* | goes <3> log"), [2, 3]);
  assert.deepStrictEqual(await found("to_tsvector('english', body) @@ plainto_tsquery('english', $1)", "number 40"), [40]);
  // Values of these types are texts to this driver, there and back.
  assert.deepStrictEqual(await found("words @@ $1", "'tree':A"), [1]);
  const { rows, fields } = await client.query("SELECT words, $1::tsquery AS query FROM page WHERE id = 1", ["tree & !log"]);
  assert.deepStrictEqual({ ...rows[0] }, { words: "'copi':9B 'page':3A 'tree':1A,5B 'write':11B 'written':7B", query: "'tree' & !'log'" });
  assert.deepStrictEqual(fields.map((field) => field.dataTypeID), [types.builtins.TSVECTOR, types.builtins.TSQUERY]);
  // What is written is found, and what was found before isn't any more.
  await client.query("BEGIN");
  await client.query("UPDATE page SET title = $1 WHERE id = $2", ["Bushes", 1]);
  assert.deepStrictEqual(await found("words @@ to_tsquery('english', $1)", "bush"), [1]);
  assert.deepStrictEqual(await found("words @@ to_tsquery('english', $1)", "tree:a"), []);
  await client.query("ROLLBACK");
  assert.deepStrictEqual(await found("words @@ to_tsquery('english', $1)", "bush"), []);
  await assert.rejects(client.query("SELECT to_tsquery($1)", ["tree &"]), { code: "42601" });
  await assert.rejects(client.query("SELECT to_tsvector('klingon', $1)", ["tree"]), { code: "42704" });
}

// A server is believed if its certificate is of an authority that is known and for its name, and a password is proved inside.
async function encrypted(port, others, authority) {
  const ask = async (port, ssl, password) => {
    const client = new Client({ host: "localhost", port, user: "admin", database: "test", password, ssl });
    try {
      await client.connect();
      return (await client.query("SELECT 6 * $1::int AS answer", [7])).rows[0].answer;
    } finally {
      await client.end().catch(() => {});
    }
  };
  const ca = require("node:fs").readFileSync(authority);
  assert.strictEqual(await ask(port, { ca }, "secret"), 42);
  await assert.rejects(ask(port, { ca }, "wrong"), { code: "28P01" });
  await assert.rejects(ask(others, { ca }, "secret"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  await assert.rejects(ask(port, true, "secret"), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
}

async function all(port, tlsPort, others, authority) {
  await main(Number(port));
  if (authority) await encrypted(Number(tlsPort), Number(others), authority);
}

all(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});

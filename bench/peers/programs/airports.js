// Airports over REST, as one writes it by hand with Express and pg.

const express = require("express");
const { Pool } = require("pg");

const pool = new Pool({ connectionString: process.env.DATABASE, max: 16 });
const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "10mb" }));

const FIELDS = ["iata", "name", "city", "state", "latitude", "longitude"];
const NAMED = FIELDS.join(", ");
const HOLES = FIELDS.map((_, n) => `$${n + 1}`).join(", ");

app.get("/airports/:id", async (request, response) => {
  const { rows } = await pool.query({
    name: "one",
    text: "SELECT * FROM airport WHERE id = $1",
    values: [request.params.id],
  });
  if (!rows.length) return response.sendStatus(404);
  response.set("ETag", `"${rows[0].version}"`).json(rows[0]);
});

app.get("/airports", async (request, response) => {
  const { state, latitude_gt = "-90", limit = "20" } = request.query;
  const { rows } = await pool.query({
    name: "list",
    text: "SELECT * FROM airport WHERE state = $1 AND latitude > $2 ORDER BY latitude DESC LIMIT $3",
    values: [state, latitude_gt, limit],
  });
  response.json(rows);
});

app.post("/airports", async (request, response) => {
  const { rows } = await pool.query({
    name: "create",
    text: `INSERT INTO airport (${NAMED}) VALUES (${HOLES}) RETURNING *`,
    values: FIELDS.map((name) => request.body[name]),
  });
  response.status(201).json(rows[0]);
});

app.patch("/airports/:id", async (request, response) => {
  const version = Number((request.get("If-Match") || "").replaceAll('"', ""));
  const names = FIELDS.filter((name) => name in request.body);
  const sets = names.map((name, n) => `${name} = $${n + 3}`).join(", ");
  const { rows } = await pool.query(
    `UPDATE airport SET version = version + 1, ${sets} WHERE id = $1 AND version = $2 RETURNING *`,
    [request.params.id, version, ...names.map((name) => request.body[name])],
  );
  if (!rows.length) return response.sendStatus(412);
  response.set("ETag", `"${rows[0].version}"`).json(rows[0]);
});

app.post("/airports/bulk", async (request, response) => {
  const columns = FIELDS.map((name) => request.body.map((row) => row[name]));
  await pool.query(
    `INSERT INTO airport (${NAMED})
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::numeric[])`,
    columns,
  );
  response.status(201).json(request.body.length);
});

pool
  .query(
    `CREATE TABLE airport (
       id serial PRIMARY KEY, version int NOT NULL DEFAULT 1, iata text UNIQUE NOT NULL, name text NOT NULL,
       city text NOT NULL, state text NOT NULL, latitude numeric(9, 6) NOT NULL, longitude numeric(9, 6) NOT NULL);
     CREATE INDEX ON airport (state); CREATE INDEX ON airport (latitude); CREATE INDEX ON airport (longitude)`,
  )
  .then(() => app.listen(Number(process.env.PORT), "127.0.0.1"));

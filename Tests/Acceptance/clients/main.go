// lib/pq by database/sql as an application uses it: `go run main.go PORT [TLS-PORT OTHERS-PORT AUTHORITY]`, with github.com/lib/pq where go finds it.
package main

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lib/pq"
)

func require(what string, got, wanted any) {
	if g, w := fmt.Sprint(got), fmt.Sprint(wanted); g != w {
		fmt.Fprintf(os.Stderr, "%s: %s instead of %s\n", what, g, w)
		os.Exit(1)
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%T %v\n", err, err)
		os.Exit(1)
	}
}

func main() {
	for _, binary := range []string{"no", "yes"} {
		where := "host=127.0.0.1 port=" + os.Args[1] + " user=admin dbname=postgres sslmode=disable binary_parameters=" + binary
		run(where)
	}
	if len(os.Args) > 4 {
		encrypted(os.Args[2], os.Args[3], os.Args[4])
	}
}

// A server is believed if its certificate is of an authority that is known and for its name, and a password is proved inside.
func encrypted(port, others, authority string) {
	ask := func(port, authority, password string) (answer int, err error) {
		db, err := sql.Open("postgres", "host=localhost port="+port+" user=admin password="+password+" dbname=test sslmode=verify-full sslrootcert="+authority)
		must(err)
		defer db.Close()
		err = db.QueryRow("SELECT 6 * $1::int", 7).Scan(&answer)
		return
	}
	answer, err := ask(port, authority, "secret")
	must(err)
	require("over TLS", answer, 42)
	_, err = ask(port, authority, "wrong")
	var failure *pq.Error
	require("a wrong password", errors.As(err, &failure) && failure.Code == "28P01", true)
	_, err = ask(others, authority, "secret")
	var name x509.HostnameError
	require("another name", errors.As(err, &name), true)
	_, err = ask(port, "/etc/ssl/certs/ca-certificates.crt", "secret")
	var unknown x509.UnknownAuthorityError
	require("an authority that isn't known", errors.As(err, &unknown), true)
}

func run(where string) {
	db, err := sql.Open("postgres", where)
	must(err)
	defer db.Close()
	must(db.Ping())
	_, err = db.Exec("DROP TABLE IF EXISTS gopher")
	must(err)
	_, err = db.Exec("CREATE TABLE gopher (id serial PRIMARY KEY, name text UNIQUE, n numeric(10,2), at timestamptz, tags text[], b bytea, ok bool, f float8, j jsonb)")
	must(err)

	at := time.Date(2024, 1, 2, 3, 4, 5, 678901000, time.UTC)
	var id int
	must(db.QueryRow("INSERT INTO gopher (name, n, at, tags, b, ok, f, j) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
		"ann", "12.34", at, pq.Array([]string{"x", "y,z"}), []byte{0, 255}, true, 1.5, `{"a": 1}`).Scan(&id))
	require("the id", id, 1)
	var name, n, j string
	var gotAt time.Time
	var tags []string
	var b []byte
	var ok bool
	var f float64
	must(db.QueryRow("SELECT name, n, at, tags, b, ok, f, j FROM gopher WHERE id = $1", 1).Scan(&name, &n, &gotAt, pq.Array(&tags), &b, &ok, &f, &j))
	require("the row", fmt.Sprint(name, n, gotAt.Equal(at), tags, b, ok, f, j), fmt.Sprint("ann", "12.34", true, []string{"x", "y,z"}, []byte{0, 255}, true, 1.5, `{"a": 1}`))

	// A statement for many rows, and COPY.
	tx, err := db.Begin()
	must(err)
	statement, err := tx.Prepare("INSERT INTO gopher (name, f) VALUES ($1, $2)")
	must(err)
	for i := 0; i < 50; i++ {
		_, err = statement.Exec(fmt.Sprintf("name %d", i), float64(i))
		must(err)
	}
	must(statement.Close())
	must(tx.Commit())
	tx, err = db.Begin()
	must(err)
	copied, err := tx.Prepare(pq.CopyIn("gopher", "name", "ok"))
	must(err)
	for i := 0; i < 50; i++ {
		_, err = copied.Exec(fmt.Sprintf("copied\t%d", i), i%2 == 0)
		must(err)
	}
	_, err = copied.Exec()
	must(err)
	must(copied.Close())
	must(tx.Commit())
	var count int
	must(db.QueryRow("SELECT count(*) FROM gopher").Scan(&count))
	require("rows", count, 101)

	// Errors have their fields.
	_, err = db.Exec("INSERT INTO gopher (name) VALUES ('ann')")
	var failure *pq.Error
	require("an error", errors.As(err, &failure), true)
	require("its fields", fmt.Sprint(failure.Code.Name(), failure.Constraint, failure.Table), fmt.Sprint("unique_violation", "gopher_name_key", "gopher"))

	// A context ends a statement.
	ctx, stop := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer stop()
	_, err = db.ExecContext(ctx, "SELECT pg_sleep(30)")
	require("a statement that was cancelled fails", err != nil, true)

	tx, err = db.BeginTx(context.Background(), &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
	must(err)
	_, err = tx.Exec("DELETE FROM gopher")
	require("a read-only transaction", errors.As(err, &failure) && failure.Code == "25006", true)
	must(tx.Rollback())

	listener := pq.NewListener(where, time.Second, time.Second, nil)
	must(listener.Listen("news"))
	_, err = db.Exec("NOTIFY news, 'hello'")
	must(err)
	select {
	case notification := <-listener.Notify:
		require("the notification", notification.Extra, "hello")
	case <-time.After(10 * time.Second):
		require("a notification", false, true)
	}
	must(listener.Close())
	search(db)
}

// Texts that are searched: by a column that is generated, and by an expression of a column, each with an index.
func search(db *sql.DB) {
	_, err := db.Exec("DROP TABLE IF EXISTS page")
	must(err)
	_, err = db.Exec("CREATE TABLE page (id int PRIMARY KEY, title text, body text, words tsvector GENERATED ALWAYS AS" +
		" (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')) STORED)")
	must(err)
	_, err = db.Exec("CREATE INDEX page_words ON page USING gin (words)")
	must(err)
	_, err = db.Exec("CREATE INDEX page_body ON page USING gin (to_tsvector('english', body))")
	must(err)
	pages := [][]string{
		{"Trees of pages", "A tree is written by copy on write."},
		{"Logs", "What is written goes to a log first; of a log a tree is made."},
		{"Telephones", "A telephone in Zürich, and no trees."},
	}
	for n := 4; n <= 60; n++ {
		pages = append(pages, []string{"Others", fmt.Sprintf("Nothing of the kind, number %d.", n)})
	}
	tx, err := db.Begin()
	must(err)
	copied, err := tx.Prepare(pq.CopyIn("page", "id", "title", "body"))
	must(err)
	for n, page := range pages {
		_, err = copied.Exec(n+1, page[0], page[1])
		must(err)
	}
	_, err = copied.Exec()
	must(err)
	must(copied.Close())
	must(tx.Commit())

	ranked, err := db.Prepare("SELECT id, ts_rank(words, query), ts_headline('english', body, query, 'StartSel=[, StopSel=]')" +
		" FROM page, websearch_to_tsquery('english', $1) query WHERE words @@ query ORDER BY 2 DESC, id LIMIT 10")
	must(err)
	defer ranked.Close()
	for round := 0; round < 3; round++ {
		rows, err := ranked.Query("trees")
		must(err)
		var answers []string
		for rows.Next() {
			var id int
			var rank float32
			var shown string
			must(rows.Scan(&id, &rank, &shown))
			answers = append(answers, fmt.Sprint(id, " ", rank, " ", shown))
		}
		must(rows.Err())
		require("trees", answers, []string{
			"1 0.66871977 A [tree] is written by copy on write.",
			"2 0.24317084 What is written goes to a log first; of a log a [tree] is made.",
			"3 0.24317084 A telephone in Zürich, and no [trees].",
		})
	}
	found := func(condition string, values ...any) string {
		var ids string
		text := "SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), 'none') FROM page WHERE " + condition
		must(db.QueryRow(text, values...).Scan(&ids))
		return ids
	}
	require("a phrase", found("words @@ websearch_to_tsquery('english', $1)", `"copy on write" -log`), "1")
	require("a beginning, a distance", found("to_tsvector('english', body) @@ to_tsquery('english', $1)", "tele:* | goes <3> log"), "2 3")
	require("two words", found("to_tsvector('english', body) @@ plainto_tsquery('english', $1)", "number 40"), "40")
	require("a weight", found("words @@ $1", "'tree':A"), "1")
	require("none", found("words @@ $1::tsquery", "nowhere"), "none")
	var words, query string
	must(db.QueryRow("SELECT words, $1::tsquery FROM page WHERE id = 1", "tree & !log").Scan(&words, &query))
	require("the words", words, "'copi':9B 'page':3A 'tree':1A,5B 'write':11B 'written':7B")
	require("the query", query, "'tree' & !'log'")

	// What is written is found, and what was found before isn't any more.
	_, err = db.Exec("UPDATE page SET title = $1 WHERE id = $2", "Bushes", 1)
	must(err)
	require("after an update", found("words @@ to_tsquery('english', $1)", "bush | tree:a"), "1")
	require("the words before it", found("words @@ to_tsquery('english', $1)", "tree:a"), "none")
	var failure *pq.Error
	_, err = db.Exec("SELECT to_tsquery($1)", "tree &")
	require("a query that is none", errors.As(err, &failure) && failure.Code == "42601", true)
	_, err = db.Exec("SELECT to_tsvector('klingon', $1)", "tree")
	require("a configuration that isn't there", errors.As(err, &failure) && failure.Code == "42704", true)
}

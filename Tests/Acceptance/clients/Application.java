import java.math.BigDecimal;
import java.sql.*;
import java.time.*;
import java.util.*;

/** PostgreSQL's JDBC driver as an application uses it: `java -cp postgresql.jar Application.java PORT [TLS-PORT OTHERS-PORT AUTHORITY]`. */
class Application {
    static void require(String what, Object got, Object wanted) {
        if (!Objects.equals(got, wanted)) throw new AssertionError(what + ": " + got + " instead of " + wanted);
    }

    public static void main(String[] arguments) throws Exception {
        String where = "jdbc:postgresql://127.0.0.1:" + arguments[0] + "/postgres?user=admin";
        // prepareThreshold: a statement that runs often has a name on the server, and its values are binary.
        for (String options : List.of("", "&prepareThreshold=1&binaryTransfer=true", "&preferQueryMode=extendedCacheEverything")) {
            try (Connection connection = DriverManager.getConnection(where + options)) {
                values(connection);
                transactions(connection);
                catalogs(connection);
                search(connection);
            }
        }
        if (arguments.length > 3) encrypted(arguments[1], arguments[2], arguments[3]);
    }

    /** A server is believed if its certificate is of an authority that is known and for its name, and a password is proved inside. */
    static void encrypted(String port, String others, String authority) throws SQLException {
        String place = "jdbc:postgresql://localhost:%s/test?user=admin&password=%s&sslmode=verify-full&sslrootcert=%s";
        try (Connection connection = DriverManager.getConnection(String.format(place, port, "secret", authority));
             PreparedStatement query = connection.prepareStatement("SELECT 6 * ?")) {
            query.setInt(1, 7);
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                require("over TLS", rows.getInt(1), 42);
            }
        }
        for (List<String> wrong : List.of(
            List.of(port, "wrong", authority, "28P01"), List.of(others, "secret", authority, "08006"),
            List.of(port, "secret", "/etc/ssl/certs/ca-certificates.crt", "08006"))) {
            try (Connection connection = DriverManager.getConnection(String.format(place, wrong.get(0), wrong.get(1), wrong.get(2)))) {
                throw new AssertionError("this connects: " + wrong);
            } catch (SQLException error) {
                require(wrong + ": " + error.getMessage(), error.getSQLState(), wrong.get(3));
            }
        }
    }

    static void values(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS child");
            statement.execute("DROP TABLE IF EXISTS java");
            statement.execute("CREATE TABLE java (id serial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, n numeric(10,2), at timestamptz,"
                + " d date, u uuid, a int[], b bytea, ok bool, f float8)");
            statement.execute("CREATE TABLE child (id int PRIMARY KEY, java int REFERENCES java (id) ON DELETE CASCADE)");
        }
        UUID uuid = new UUID(1, 2);
        OffsetDateTime at = OffsetDateTime.of(2024, 1, 2, 3, 4, 5, 678901000, ZoneOffset.UTC);
        String text = "INSERT INTO java (name, n, at, d, u, a, b, ok, f) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        try (PreparedStatement insert = connection.prepareStatement(text, Statement.RETURN_GENERATED_KEYS)) {
            insert.setString(1, "ann");
            insert.setBigDecimal(2, new BigDecimal("12.34"));
            insert.setObject(3, at);
            insert.setObject(4, LocalDate.of(2024, 1, 2));
            insert.setObject(5, uuid);
            insert.setArray(6, connection.createArrayOf("int4", new Integer[] {1, 2, 3}));
            insert.setBytes(7, new byte[] {0, -1});
            insert.setBoolean(8, true);
            insert.setDouble(9, 1.5);
            require("rows", insert.executeUpdate(), 1);
            try (ResultSet keys = insert.getGeneratedKeys()) {
                require("a key", keys.next() && keys.getInt("id") == 1, true);
            }
        }
        try (PreparedStatement batch = connection.prepareStatement("INSERT INTO java (name) VALUES (?)")) {
            for (int n = 0; n < 100; n++) {
                batch.setString(1, "name " + n);
                batch.addBatch();
            }
            require("a batch", batch.executeBatch().length, 100);
        }
        try (PreparedStatement select = connection.prepareStatement("SELECT * FROM java WHERE id = ?")) {
            for (int round = 0; round < 7; round++) {
                select.setInt(1, 1);
                try (ResultSet row = select.executeQuery()) {
                    require("a row", row.next(), true);
                    require("name", row.getString("name"), "ann");
                    require("n", row.getBigDecimal("n"), new BigDecimal("12.34"));
                    require("at", row.getObject("at", OffsetDateTime.class).toInstant(), at.toInstant());
                    require("d", row.getObject("d", LocalDate.class), LocalDate.of(2024, 1, 2));
                    require("u", row.getObject("u"), uuid);
                    require("a", Arrays.asList((Integer[]) row.getArray("a").getArray()), List.of(1, 2, 3));
                    require("b", Arrays.toString(row.getBytes("b")), "[0, -1]");
                    require("ok", row.getBoolean("ok"), true);
                    require("f", row.getDouble("f"), 1.5);
                    require("its table", row.getMetaData().getTableName(2).isEmpty(), false);
                    require("its nulls", row.getMetaData().isNullable(2), ResultSetMetaData.columnNoNulls);
                    require("what counts itself", row.getMetaData().isAutoIncrement(1), true);
                }
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO java (name) VALUES ('ann')");
            throw new AssertionError("a second ann");
        } catch (SQLException error) {
            require("the state", error.getSQLState(), "23505");
        }
    }

    static void transactions(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            // A cursor: some rows at a time.
            statement.setFetchSize(10);
            int count = 0;
            try (ResultSet rows = statement.executeQuery("SELECT id FROM java ORDER BY id")) {
                while (rows.next()) count++;
            }
            require("rows", count, 101);
            Savepoint savepoint = connection.setSavepoint("here");
            statement.executeUpdate("DELETE FROM java");
            connection.rollback(savepoint);
            connection.commit();
            try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM java")) {
                rows.next();
                require("rows after the rollback", rows.getInt(1), 101);
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        require("the isolation", connection.getTransactionIsolation(), Connection.TRANSACTION_SERIALIZABLE);
        connection.setReadOnly(true);
        connection.setReadOnly(false);
        require("valid", connection.isValid(5), true);
    }

    static List<String> names(ResultSet rows, String column) throws SQLException {
        List<String> names = new ArrayList<>();
        while (rows.next()) names.add(rows.getString(column));
        rows.close();
        return names;
    }

    static void catalogs(Connection connection) throws SQLException {
        DatabaseMetaData facts = connection.getMetaData();
        require("the product", facts.getDatabaseProductName(), "PostgreSQL");
        require("tables", names(facts.getTables(null, "public", "%", new String[] {"TABLE"}), "TABLE_NAME").containsAll(List.of("child", "java")), true);
        List<String> columns = names(facts.getColumns(null, "public", "java", "%"), "COLUMN_NAME");
        require("columns", columns, List.of("id", "name", "n", "at", "d", "u", "a", "b", "ok", "f"));
        require("the primary key", names(facts.getPrimaryKeys(null, "public", "java"), "COLUMN_NAME"), List.of("id"));
        require("imported keys", names(facts.getImportedKeys(null, "public", "child"), "PKTABLE_NAME"), List.of("java"));
        require("exported keys", names(facts.getExportedKeys(null, "public", "java"), "FKTABLE_NAME"), List.of("child"));
        require("indexes", names(facts.getIndexInfo(null, "public", "java", false, false), "INDEX_NAME"), List.of("java_name_key", "java_pkey"));
        require("schemas", names(facts.getSchemas(), "TABLE_SCHEM").containsAll(List.of("public", "pg_catalog", "information_schema")), true);
        require("databases", names(facts.getCatalogs(), "TABLE_CAT").contains("postgres"), true);
        require("functions", names(facts.getFunctions(null, "pg_catalog", "abs"), "FUNCTION_NAME").isEmpty(), false);
        require("row identifiers", names(facts.getBestRowIdentifier(null, "public", "java", 0, false), "COLUMN_NAME"), List.of("id"));
        require("kinds of tables", names(facts.getTableTypes(), "TABLE_TYPE").contains("VIEW"), true);
        require("keywords", facts.getSQLKeywords().isEmpty(), false);
        names(facts.getProcedures(null, null, "%"), "PROCEDURE_NAME");
        names(facts.getTablePrivileges(null, "public", "java"), "PRIVILEGE");
        names(facts.getColumnPrivileges(null, "public", "java", "%"), "PRIVILEGE");
        names(facts.getUDTs(null, null, "%", null), "TYPE_NAME");
        names(facts.getClientInfoProperties(), "NAME");
        require("types", names(facts.getTypeInfo(), "TYPE_NAME").containsAll(List.of("int4", "text", "_int4")), true);
        names(facts.getCrossReference(null, "public", "java", null, "public", "child"), "FKCOLUMN_NAME");
        names(facts.getFunctionColumns(null, "pg_catalog", "abs", "%"), "COLUMN_NAME");
    }

    /** Texts that are searched: by a column that is generated, and by an expression of a column, each with an index. */
    static void search(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS page");
            statement.execute("CREATE TABLE page (id int PRIMARY KEY, title text, body text, words tsvector GENERATED ALWAYS AS"
                + " (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')) STORED)");
            statement.execute("CREATE INDEX page_words ON page USING gin (words)");
            statement.execute("CREATE INDEX page_body ON page USING gin (to_tsvector('english', body))");
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO page (id, title, body) VALUES (?, ?, ?)")) {
            for (int n = 1; n <= 60; n++) {
                insert.setInt(1, n);
                insert.setString(2, n == 1 ? "Trees of pages" : n == 2 ? "Logs" : n == 3 ? "Telephones" : "Others");
                insert.setString(3, n == 1 ? "A tree is written by copy on write."
                    : n == 2 ? "What is written goes to a log first; of a log a tree is made."
                    : n == 3 ? "A telephone in Zürich, and no trees." : "Nothing of the kind, number " + n + ".");
                insert.addBatch();
            }
            require("a batch of texts", insert.executeBatch().length, 60);
        }
        String ranked = "SELECT id, ts_rank(words, query) AS rank, ts_headline('english', body, query, 'StartSel=[, StopSel=]') AS shown"
            + " FROM page, websearch_to_tsquery('english', ?) query WHERE words @@ query ORDER BY rank DESC, id LIMIT 10";
        try (PreparedStatement select = connection.prepareStatement(ranked)) {
            for (int round = 0; round < 7; round++) {
                select.setString(1, "trees");
                List<String> answers = new ArrayList<>();
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) answers.add(rows.getInt("id") + " " + rows.getFloat("rank") + " " + rows.getString("shown"));
                }
                require("trees", answers, List.of(
                    "1 0.66871977 A [tree] is written by copy on write.",
                    "2 0.24317084 What is written goes to a log first; of a log a [tree] is made.",
                    "3 0.24317084 A telephone in Zürich, and no [trees]."));
            }
        }
        require("a phrase", found(connection, "words @@ websearch_to_tsquery('english', ?)", "\"copy on write\" -log"), List.of("1"));
        String body = "to_tsvector('english', body) @@ ";
        String raw = body + "to_tsquery('english', ?)";
        require("a beginning, a distance", found(connection, raw, "tele:* | goes <3> log"), List.of("2", "3"));
        require("two words", found(connection, body + "plainto_tsquery('english', ?)", "number 40"), List.of("40"));
        require("a weight", found(connection, "words @@ ?::tsquery", "'tree':A"), List.of("1"));
        require("none", found(connection, "words @@ ?::tsquery", "nowhere"), List.of());
        try (PreparedStatement select = connection.prepareStatement("SELECT words, ?::tsquery AS query FROM page WHERE id = 1")) {
            for (int round = 0; round < 7; round++) {
                select.setString(1, "tree & !log");
                try (ResultSet row = select.executeQuery()) {
                    require("a row", row.next(), true);
                    require("the words", row.getString(1), "'copi':9B 'page':3A 'tree':1A,5B 'write':11B 'written':7B");
                    require("the query", row.getObject(2).toString(), "'tree' & !'log'");
                    ResultSetMetaData facts = row.getMetaData();
                    require("the types", facts.getColumnTypeName(1) + " " + facts.getColumnTypeName(2), "tsvector tsquery");
                }
            }
        }
        // What is written is found, and what was found before isn't any more.
        try (PreparedStatement update = connection.prepareStatement("UPDATE page SET title = ? WHERE id = 1")) {
            update.setString(1, "Bushes");
            require("rows", update.executeUpdate(), 1);
        }
        require("after an update", found(connection, "words @@ to_tsquery('english', ?)", "bush | tree:a"), List.of("1"));
        require("the words before it", found(connection, "words @@ to_tsquery('english', ?)", "tree:a"), List.of());
        List<String> indexes = names(connection.getMetaData().getIndexInfo(null, "public", "page", false, false), "INDEX_NAME");
        require("indexes", new HashSet<>(indexes), Set.of("page_pkey", "page_words", "page_body"));
        refused(connection, "SELECT to_tsquery(?)", "tree &", "42601");
        refused(connection, "SELECT to_tsvector('klingon', ?)", "tree", "42704");
    }

    static List<String> found(Connection connection, String condition, String value) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM page WHERE " + condition + " ORDER BY id")) {
            select.setString(1, value);
            return names(select.executeQuery(), "id");
        }
    }

    static void refused(Connection connection, String text, String value, String state) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(text)) {
            select.setString(1, value);
            select.executeQuery();
        } catch (SQLException error) {
            require(text, error.getSQLState(), state);
            return;
        }
        throw new AssertionError(text + ": no error");
    }
}

import ReQLish

// Running queries, and how they are stopped. Each route is a query of the table `jobs`, whose rules say which jobs an account sees.
extension PandoExchange {
    func jobs() throws {
        send(try ask(r.db("rethinkdb").table("jobs").coerceTo("array")))
    }

    func stopJob(_ id: String) throws {
        let jobs = r.db("rethinkdb").table("jobs")
        let key: Datum = ["query", Datum(id)]
        guard try ask(jobs.get(Query(key))) != .null else {
            throw Problem(404, .nonExistence, "There is no query with that id that runs, or none that you may stop.")
        }
        _ = try ask(jobs.get(Query(key)).delete())
        response.status = 204
    }

    private func ask(_ query: Query) throws -> Datum {
        var options = QueryOptions()
        options.asked(by: self)
        return try pando.start(query.tree(), options: options).collected()
    }
}

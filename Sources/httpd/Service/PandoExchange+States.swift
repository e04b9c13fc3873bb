import ReQLish

// States of the file that have names. What a query reads of one is for `admin`; to make and drop them is part of keeping the file.
extension PandoExchange {
    func states() throws {
        try require(.config, .server, in: try catalog.snapshot())
        send(try Datum.array(try catalog.states().map { try $0.datum }))
    }

    func createState(_ name: String) throws {
        try require(.config, .server, in: try catalog.snapshot())
        let state = try catalog.createState(name)
        response.status = 201
        send(try state.datum)
    }

    func dropState(_ name: String) throws {
        try require(.config, .server, in: try catalog.snapshot())
        try catalog.dropState(name)
        response.status = 204
    }
}

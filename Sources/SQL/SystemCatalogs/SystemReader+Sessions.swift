import Catalog
package import ReQLish

// What sessions do just now.
extension SystemReader {
    func activity(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let databases = try databaseNumbers()
        let isAdministrator = session.user == UserConfig.administrator
        let waiting = Set(session.catalog.openTransactions.waits.map(\.waiter))
        return try ServerSessions.of(session.catalog).all.map { (member) throws(SQLError) in
            // What others run is the administrator's to see.
            let isShown = isAdministrator || member.user == session.user
            let shown = member.activity.shown
            let waits = waiting.contains(.session(member.number))
            func moment(_ time: Int64?) -> SQLValue { time.map { .timestamptz($0) } ?? .null }
            var address = SQLValue.null
            if isShown, let client = member.client { address = .inet(try NetworkAddress(client.address, isCIDR: false)) }
            return relation.row([
                "datid": databases[member.database].map { .oid($0) } ?? .null, "datname": .text(member.database),
                "pid": .int(Int64(member.number)), "leader_pid": .null,
                "usesysid": .oid(Self.roleOID(member.user)), "usename": .text(member.user),
                "application_name": .text(member.applicationName), "client_hostname": .null,
                "client_addr": address, "client_port": isShown ? member.client.map { .int(Int64($0.port)) } ?? .null : .null,
                "backend_start": .timestamptz(member.start), "xact_start": moment(shown.transactionStart),
                "query_start": shown.start == 0 ? .null : .timestamptz(shown.start), "state_change": moment(shown.stateStart),
                "wait_event_type": waits ? .text("Lock") : .null, "wait_event": waits ? .text("transactionid") : .null,
                "state": .text(shown.state), "backend_xid": .null, "backend_xmin": .null, "query_id": .null,
                "query": .text(isShown ? shown.statement : "<insufficient privilege>"), "backend_type": .text("client backend"),
            ])
        }
    }

    private func databaseNumbers() throws(SQLError) -> [String: UInt32] {
        do throws(CatalogError) {
            let all = try state.snapshot.databases().map { ($0.name, ObjectNumbers.of($0.id)) }
            return Dictionary(all, uniquingKeysWith: { first, _ in first })
        } catch {
            throw SQLError(error)
        }
    }

    func databaseActivity(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let members = ServerSessions.of(session.catalog).all
        return try databaseNumbers().sorted { $0.key < $1.key }.map { name, oid in
            relation.row([
                "datid": .oid(oid), "datname": .text(name), "numbackends": .int(Int64(members.count { $0.database == name })),
            ])
        }
    }

    func locks(_ relation: SystemRelation) -> [[SQLValue]] {
        let locks = ServerSessions.of(session.catalog).locks
        let held = locks.held.map { ($0.lock, $0.holder, isGranted: true) }
        return (held + locks.awaited.map { ($0.lock, $0.holder, isGranted: false) }).map { lock, holder, isGranted in
            // A transaction of several requests has no session that waits for the next one.
            var process = SQLValue.null
            if case .session(let number) = holder { process = .int(Int64(number)) }
            return relation.row([
                "locktype": .text("advisory"), "relation": .null, "page": .null, "tuple": .null, "virtualxid": .null,
                "transactionid": .null, "classid": .int(Int64(UInt32(truncatingIfNeeded: lock.key >> 32))),
                "objid": .int(Int64(UInt32(truncatingIfNeeded: lock.key))), "objsubid": .int(lock.isPair ? 2 : 1),
                "pid": process, "mode": .text(lock.isShared ? "ShareLock" : "ExclusiveLock"), "granted": .bool(isGranted),
            ])
        }
    }

    func cursors(_ relation: SystemRelation) -> [[SQLValue]] {
        session.cursors.sorted { $0.key < $1.key }.map { name, cursor in
            relation.row([
                "name": .text(name), "statement": .text(cursor.statement), "is_holdable": .bool(cursor.isHeld),
                "is_binary": .bool(cursor.isBinary), "is_scrollable": .bool(cursor.scrolls),
                "creation_time": .timestamptz(session.statementTime),
            ])
        }
    }
}

extension Pando {
    /// How many sessions there are of clients that have come by PostgreSQL's protocol.
    package var postgresSessionCount: Int { ServerSessions.of(catalog).all.count { $0.client != nil } }
}

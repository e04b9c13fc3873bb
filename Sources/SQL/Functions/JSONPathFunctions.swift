import Catalog
import Synchronization

/// `jsonb_path_query` and its kin, and the operators `@?` and `@@`.
enum JSONPathFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        for (suffix, usesZone) in [("", false), ("_tz", true)] {
            bodies["jsonb_path_exists" + suffix] = .scalar { arguments, context throws(SQLError) in
                let run = try run(arguments, usesZone: usesZone, context)
                return try unless(silent: arguments) { () throws(JSONPathFault) in .bool(try run.exists()) } ?? .null
            }
            bodies["jsonb_path_match" + suffix] = .scalar { arguments, context throws(SQLError) in
                let run = try run(arguments, usesZone: usesZone, context)
                return try unless(silent: arguments) { () throws(JSONPathFault) in try match(run, isSilent(arguments)) } ?? .null
            }
            bodies["jsonb_path_query" + suffix] = .set { arguments, context throws(SQLError) in
                try all(arguments, usesZone: usesZone, context).map { .json($0) }
            }
            bodies["jsonb_path_query_array" + suffix] = .scalar { arguments, context throws(SQLError) in
                .json(try JSONConversion.array(try all(arguments, usesZone: usesZone, context)))
            }
            bodies["jsonb_path_query_first" + suffix] = .scalar { arguments, context throws(SQLError) in
                try all(arguments, usesZone: usesZone, context).first.map { .json($0) } ?? .null
            }
        }
        // The operators are silent.
        bodies["jsonb_path_exists_opr"] = .scalar { arguments, context throws(SQLError) in
            let run = try run(arguments, usesZone: false, context)
            return try unless(silent: nil) { () throws(JSONPathFault) in .bool(try run.exists()) } ?? .null
        }
        bodies["jsonb_path_match_opr"] = .scalar { arguments, context throws(SQLError) in
            let run = try run(arguments, usesZone: false, context)
            return try unless(silent: nil) { () throws(JSONPathFault) in try match(run, true) } ?? .null
        }
        return bodies
    }()

    /// The paths that were used last.
    private static let known = Mutex<[String: JSONPath]>([:])

    private static func path(_ text: String) throws(SQLError) -> JSONPath {
        if let found = known.withLock({ $0[text] }) { return found }
        let path = try JSONPathReader.read(text)
        // Long ones would fill the memory.
        guard text.utf8.count < 4096 else { return path }
        known.withLock {
            if $0.count >= 64 { $0.removeAll(keepingCapacity: true) }
            $0[text] = path
        }
        return path
    }

    private static func run(_ arguments: [SQLValue], usesZone: Bool, _ context: CallContext) throws(SQLError) -> JSONPathRun {
        let variables = arguments.count > 2 ? arguments[2].datum : nil
        return try JSONPathRun(try path(arguments[1].text), arguments[0].datum, variables, usesZone: usesZone, context.session)
    }

    private static func isSilent(_ arguments: [SQLValue]) -> Bool { arguments.count > 3 && arguments[3].bool }

    private static func all(_ arguments: [SQLValue], usesZone: Bool, _ context: CallContext) throws(SQLError) -> [Datum] {
        let run = try run(arguments, usesZone: usesZone, context)
        do throws(JSONPathFault) {
            return try run.all(silently: isSilent(arguments)).map { $0.json(context) }
        } catch {
            throw error.error
        }
    }

    /// Nil where an error was to be kept silent.
    ///
    /// - Parameter arguments: the fourth says whether; nil: it is so.
    private static func unless<Answer>(
        silent arguments: [SQLValue]?, _ body: () throws(JSONPathFault) -> Answer
    ) throws(SQLError) -> Answer? {
        do throws(JSONPathFault) {
            return try body()
        } catch {
            if arguments.map(isSilent) ?? true, case .suppressible = error { return nil }
            throw error.error
        }
    }

    private static func match(_ run: JSONPathRun, _ isSilent: Bool) throws(JSONPathFault) -> SQLValue {
        let found = try run.all(silently: isSilent)
        if found.count == 1, let datum = found[0].datum {
            if datum.kind == .null { return .null }
            if let bool = datum.bool { return .bool(bool) }
        }
        throw JSONPathFault("22038", "single boolean result is expected")
    }
}

extension JSONPathItem {
    /// As JSON: dates and times as strings.
    fileprivate func json(_ context: CallContext) -> Datum {
        switch value {
        case .json(let datum): datum
        case .time(let time): Datum(time.text(context.session))
        }
    }
}

import ReQLish

/// The description of the routes, made of the table that finds them. It leaves out what all have: HEAD wherever GET is, and OPTIONS.
enum OpenAPI {
    /// Version 3.1.
    static let document: Result<Datum, DatumError> = Result { () throws(DatumError) in
        var paths: [(String, Datum)] = []
        for pattern in RoutePattern.all { paths.append((pattern.path, try item(pattern))) }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Pando", "version": Datum(HTTPServer.version),
                "description": "One file that holds many databases: documents, queries and accounts over HTTP.",
            ],
            "paths": try Datum.object(paths),
            "components": [
                "schemas": ["Problem": RouteSchema.problem.datum],
                "securitySchemes": ["password": ["type": "http", "scheme": "basic"], "token": ["type": "http", "scheme": "bearer"]],
            ],
            "security": [["password": []], ["token": []]],
        ]
    }

    private static func item(_ pattern: RoutePattern) throws(DatumError) -> Datum {
        var operations: [(String, Datum)] = []
        for operation in pattern.operations {
            operations.append((operation.method.rawValue.lowercased(), try self.operation(operation)))
        }
        let names = pattern.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        let parameters = names.map { name -> Datum in
            let schema: RouteSchema =
                switch name {
                case "key": .documentKey
                case "name": .freeName
                case "page": .integer(RouteSchema.count)
                default: .name
                }
            return ["name": Datum(name), "in": "path", "required": true, "schema": schema.datum]
        }
        if !parameters.isEmpty { operations.append(("parameters", try Datum.array(parameters))) }
        return try Datum.object(operations)
    }

    private static func operation(_ operation: Route) throws(DatumError) -> Datum {
        var members: [(String, Datum)] = [("operationId", Datum(operation.id)), ("summary", Datum(operation.summary))]
        if !operation.parameters.isEmpty {
            members.append(("parameters", try Datum.array(operation.parameters.map(\.datum))))
        }
        if let body = operation.body {
            members.append(("requestBody", ["required": Datum(body.isRequired), "content": try content(body.forms)]))
        }
        var responses: [(String, Datum)] = []
        for answer in operation.answers {
            var response: [(String, Datum)] = [("description", Datum(answer.status.phrase))]
            if !answer.forms.isEmpty { response.append(("content", try content(answer.forms))) }
            responses.append((String(answer.status.code), try Datum.object(response)))
        }
        let problem: Datum = [
            "description": "What went wrong",
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
        responses.append(("default", problem))
        members.append(("responses", try Datum.object(responses)))
        if operation.isOpen { members.append(("security", .emptyArray)) }
        return try Datum.object(members)
    }

    private static func content(_ forms: [(type: MediaType, schema: RouteSchema)]) throws(DatumError) -> Datum {
        try Datum.object(forms.map { ($0.type.rawValue, ["schema": $0.schema.datum]) })
    }
}

extension RouteParameter {
    fileprivate var datum: Datum {
        let own: Datum = ["name": Datum(name), "in": Datum(place.rawValue), "required": Datum(isRequired), "description": Datum(summary)]
        let value: (String, Datum?) =
            isJSON ? ("content", ["application/json": ["schema": schema.datum]]) : ("schema", schema.datum)
        return (try? own.changing([value])) ?? own
    }
}

extension PandoExchange {
    /// `GET /_openapi.json`.
    func openAPI() throws {
        send(try OpenAPI.document.get())
    }
}

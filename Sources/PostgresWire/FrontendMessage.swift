package import Ground

/// A message of a client whose session has begun.
package enum FrontendMessage: Hashable, Sendable {
    case query(String)
    case parse(Parse)
    case bind(Bind)
    case describe(Target)
    /// At most so many rows; 0 is all.
    case execute(portal: String, rowLimit: Int)
    case close(Target)
    case flush
    case sync
    case copyData([UInt8])
    case copyDone
    case copyFail(String)
    /// The answer to a question for a password: what it means depends on the question.
    case password([UInt8])
    case functionCall
    case terminate

    package struct Parse: Hashable, Sendable {
        package var name: String
        package var text: String
        /// The types of the first parameters; 0 where the server is to find it.
        package var types: [UInt32]

        package init(name: String, text: String, types: [UInt32] = []) {
            self.name = name
            self.text = text
            self.types = types
        }
    }

    package struct Bind: Hashable, Sendable {
        package var portal: String
        package var statement: String
        package var parameterFormats: [ValueFormat]
        package var parameters: [[UInt8]?]
        package var resultFormats: [ValueFormat]

        package init(
            portal: String, statement: String, parameterFormats: [ValueFormat] = [], parameters: [[UInt8]?] = [],
            resultFormats: [ValueFormat] = []
        ) {
            self.portal = portal
            self.statement = statement
            self.parameterFormats = parameterFormats
            self.parameters = parameters
            self.resultFormats = resultFormats
        }
    }

    package enum Target: Hashable, Sendable {
        case statement(String)
        case portal(String)
    }

    /// The letters of the types.
    package enum Kind: UInt8, Sendable {
        case bind = 0x42, close = 0x43, describe = 0x44, execute = 0x45, functionCall = 0x46, flush = 0x48, parse = 0x50, query = 0x51
        case sync = 0x53, terminate = 0x58, copyDone = 0x63, copyData = 0x64, copyFail = 0x66, password = 0x70
    }

    package init(_ kind: Kind, _ reader: inout MessageReader) throws(WireError) {
        switch kind {
        case .query: self = .query(try reader.text())
        case .parse:
            let name = try reader.text()
            let text = try reader.text()
            let count = try reader.count(ofAtLeast: 4)
            var types: [UInt32] = []
            for _ in 0..<count { types.append(try reader.uint32()) }
            self = .parse(Parse(name: name, text: text, types: types))
        case .bind: self = .bind(try Bind(&reader))
        case .describe: self = .describe(try Target(&reader))
        case .close: self = .close(try Target(&reader))
        case .execute:
            let portal = try reader.text()
            self = .execute(portal: portal, rowLimit: max(Int(try reader.int32()), 0))
        case .flush: self = .flush
        case .sync: self = .sync
        case .copyData: self = .copyData(try reader.rest())
        case .copyDone: self = .copyDone
        case .copyFail: self = .copyFail(try reader.text())
        case .password: self = .password(try reader.rest())
        case .functionCall:
            _ = try reader.rest()
            self = .functionCall
        case .terminate: self = .terminate
        }
        try reader.finish()
    }

    package func write(into output: inout ByteBuffer) {
        func message(_ kind: Kind, _ fields: (inout ByteBuffer) -> Void = { _ in }) {
            let start = output.beginMessage(kind.rawValue)
            fields(&output)
            output.endMessage(start)
        }
        switch self {
        case .query(let text): message(.query) { $0.append(terminated: text) }
        case .parse(let parse):
            message(.parse) {
                $0.append(terminated: parse.name)
                $0.append(terminated: parse.text)
                $0.append(int16: Int16(truncatingIfNeeded: parse.types.count))
                for type in parse.types { $0.append(uint32: type) }
            }
        case .bind(let bind): message(.bind) { bind.write(into: &$0) }
        case .describe(let target): message(.describe) { target.write(into: &$0) }
        case .close(let target): message(.close) { target.write(into: &$0) }
        case .execute(let portal, let rowLimit):
            message(.execute) {
                $0.append(terminated: portal)
                $0.append(int32: Int32(clamping: rowLimit))
            }
        case .flush: message(.flush)
        case .sync: message(.sync)
        case .copyData(let bytes): message(.copyData) { $0.append(bytes) }
        case .copyDone: message(.copyDone)
        case .copyFail(let reason): message(.copyFail) { $0.append(terminated: reason) }
        case .password(let bytes): message(.password) { $0.append(bytes) }
        case .functionCall: message(.functionCall)
        case .terminate: message(.terminate)
        }
    }
}

extension FrontendMessage.Bind {
    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        func formats() throws(WireError) -> [ValueFormat] {
            let count = try reader.count(ofAtLeast: 2)
            var formats: [ValueFormat] = []
            for _ in 0..<count { formats.append(try ValueFormat(code: try reader.int16())) }
            return formats
        }
        let portal = try reader.text()
        let statement = try reader.text()
        let parameterFormats = try formats()
        let count = try reader.count(ofAtLeast: 4)
        var parameters: [[UInt8]?] = []
        parameters.reserveCapacity(count)
        for _ in 0..<count { parameters.append(try reader.value()) }
        self.init(
            portal: portal, statement: statement, parameterFormats: parameterFormats, parameters: parameters, resultFormats: try formats())
    }

    fileprivate func write(into output: inout ByteBuffer) {
        output.append(terminated: portal)
        output.append(terminated: statement)
        output.append(int16: Int16(truncatingIfNeeded: parameterFormats.count))
        for format in parameterFormats { output.append(int16: format.rawValue) }
        output.append(int16: Int16(truncatingIfNeeded: parameters.count))
        for parameter in parameters {
            guard let parameter else {
                output.append(int32: -1)
                continue
            }
            output.append(int32: Int32(truncatingIfNeeded: parameter.count))
            output.append(parameter)
        }
        output.append(int16: Int16(truncatingIfNeeded: resultFormats.count))
        for format in resultFormats { output.append(int16: format.rawValue) }
    }
}

extension FrontendMessage.Target {
    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        let kind = try reader.byte()
        switch kind {
        case UInt8(ascii: "S"): self = .statement(try reader.text())
        case UInt8(ascii: "P"): self = .portal(try reader.text())
        default: throw WireError("invalid message subtype \(kind)")
        }
    }

    fileprivate func write(into output: inout ByteBuffer) {
        switch self {
        case .statement(let name):
            output.append(UInt8(ascii: "S"))
            output.append(terminated: name)
        case .portal(let name):
            output.append(UInt8(ascii: "P"))
            output.append(terminated: name)
        }
    }
}

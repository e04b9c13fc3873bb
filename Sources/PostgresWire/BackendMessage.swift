package import Ground

/// A message of a server.
package enum BackendMessage: Hashable, Sendable {
    case authentication(Authentication)
    case backendKeyData(process: Int32, secret: Int32)
    case bindComplete
    case closeComplete
    case commandComplete(String)
    case copyBothResponse(CopyFormat)
    case copyData([UInt8])
    case copyDone
    case copyInResponse(CopyFormat)
    case copyOutResponse(CopyFormat)
    case dataRow(RowFields)
    case emptyQueryResponse
    case errorResponse(ReportFields)
    case functionCallResponse([UInt8]?)
    case negotiateProtocolVersion(newest: Int32, unknown: [String])
    case noData
    case noticeResponse(ReportFields)
    case notification(process: Int32, channel: String, payload: String)
    case parameterDescription([UInt32])
    case parameterStatus(name: String, value: String)
    case parseComplete
    case portalSuspended
    case readyForQuery(TransactionStatus)
    case rowDescription([ColumnDescription])

    package enum Authentication: Hashable, Sendable {
        case ok
        case cleartextPassword
        case md5Password(salt: [UInt8])
        case sasl(mechanisms: [String])
        case saslContinue([UInt8])
        case saslFinal([UInt8])
        /// One that is not spoken here.
        case other(Int32)
    }

    package enum TransactionStatus: UInt8, Hashable, Sendable {
        case idle = 0x49
        case inBlock = 0x54
        case failed = 0x45
    }

    package struct CopyFormat: Hashable, Sendable {
        package var format: ValueFormat
        package var columns: [ValueFormat]

        package init(_ format: ValueFormat, columns: Int) {
            self.format = format
            self.columns = Array(repeating: format, count: columns)
        }

        fileprivate init(_ reader: inout MessageReader) throws(WireError) {
            guard let format = ValueFormat(rawValue: Int16(try reader.byte())) else { throw WireError("invalid format of COPY") }
            self.format = format
            let count = try reader.count(ofAtLeast: 2)
            columns = []
            for _ in 0..<count { columns.append(try ValueFormat(code: try reader.int16())) }
        }

        fileprivate func write(into output: inout ByteBuffer) {
            output.append(UInt8(truncatingIfNeeded: format.rawValue))
            output.append(int16: Int16(truncatingIfNeeded: columns.count))
            for column in columns { output.append(int16: column.rawValue) }
        }
    }
}

/// A column of a result, as the other side is told of it.
package struct ColumnDescription: Hashable, Sendable {
    package var name: String
    /// The table that it comes from, and its number there; 0 where it is computed.
    package var table: UInt32
    package var number: Int16
    package var type: UInt32
    /// Bytes of a value; −1 if they vary.
    package var size: Int16
    package var modifier: Int32
    package var format: ValueFormat

    package init(
        name: String, table: UInt32 = 0, number: Int16 = 0, type: UInt32, size: Int16, modifier: Int32 = -1, format: ValueFormat = .text
    ) {
        self.name = name
        self.table = table
        self.number = number
        self.type = type
        self.size = size
        self.modifier = modifier
        self.format = format
    }

    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        name = try reader.text()
        table = try reader.uint32()
        number = try reader.int16()
        type = try reader.uint32()
        size = try reader.int16()
        modifier = try reader.int32()
        format = try ValueFormat(code: try reader.int16())
    }

    fileprivate func write(into output: inout ByteBuffer) {
        output.append(terminated: name)
        output.append(uint32: table)
        output.append(int16: number)
        output.append(uint32: type)
        output.append(int16: size)
        output.append(int32: modifier)
        output.append(int16: format.rawValue)
    }
}

/// The fields of an error or a notice, each with its letter.
package struct ReportFields: Hashable, Sendable {
    package var fields: [Field] = []

    package struct Field: Hashable, Sendable {
        package var letter: UInt8
        package var text: String
    }

    package init() {}

    /// Adds a field, if there is one.
    package mutating func add(_ letter: Unicode.Scalar, _ text: String?) {
        if let text { fields.append(Field(letter: UInt8(ascii: letter), text: text)) }
    }

    package subscript(letter: Unicode.Scalar) -> String? { fields.first { $0.letter == UInt8(ascii: letter) }?.text }

    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        while true {
            let letter = try reader.byte()
            if letter == 0 { break }
            fields.append(Field(letter: letter, text: try reader.text()))
        }
    }

    fileprivate func write(into output: inout ByteBuffer) {
        for field in fields {
            output.append(field.letter)
            output.append(terminated: field.text)
        }
        output.append(UInt8(0))
    }
}

// MARK: - Writing

extension BackendMessage {
    /// The letters of the types.
    package enum Kind: UInt8, Sendable {
        case parseComplete = 0x31, bindComplete = 0x32, closeComplete = 0x33, notification = 0x41, commandComplete = 0x43, dataRow = 0x44
        case errorResponse = 0x45, copyInResponse = 0x47, copyOutResponse = 0x48, emptyQueryResponse = 0x49, backendKeyData = 0x4B
        case noticeResponse = 0x4E, authentication = 0x52, parameterStatus = 0x53, rowDescription = 0x54, functionCallResponse = 0x56
        case copyBothResponse = 0x57, readyForQuery = 0x5A, copyDone = 0x63, copyData = 0x64, noData = 0x6E, portalSuspended = 0x73
        case parameterDescription = 0x74, negotiateProtocolVersion = 0x76
    }

    package var kind: Kind {
        switch self {
        case .authentication: .authentication
        case .backendKeyData: .backendKeyData
        case .bindComplete: .bindComplete
        case .closeComplete: .closeComplete
        case .commandComplete: .commandComplete
        case .copyBothResponse: .copyBothResponse
        case .copyData: .copyData
        case .copyDone: .copyDone
        case .copyInResponse: .copyInResponse
        case .copyOutResponse: .copyOutResponse
        case .dataRow: .dataRow
        case .emptyQueryResponse: .emptyQueryResponse
        case .errorResponse: .errorResponse
        case .functionCallResponse: .functionCallResponse
        case .negotiateProtocolVersion: .negotiateProtocolVersion
        case .noData: .noData
        case .noticeResponse: .noticeResponse
        case .notification: .notification
        case .parameterDescription: .parameterDescription
        case .parameterStatus: .parameterStatus
        case .parseComplete: .parseComplete
        case .portalSuspended: .portalSuspended
        case .readyForQuery: .readyForQuery
        case .rowDescription: .rowDescription
        }
    }

    package func write(into output: inout ByteBuffer) {
        let start = output.beginMessage(kind.rawValue)
        writeFields(into: &output)
        output.endMessage(start)
    }

    private func writeFields(into output: inout ByteBuffer) {
        switch self {
        case .authentication(let question): question.write(into: &output)
        case .backendKeyData(let process, let secret):
            output.append(int32: process)
            output.append(int32: secret)
        case .commandComplete(let tag): output.append(terminated: tag)
        case .copyData(let bytes): output.append(bytes)
        case .copyInResponse(let format), .copyOutResponse(let format), .copyBothResponse(let format): format.write(into: &output)
        case .dataRow(let values):
            output.append(int16: Int16(truncatingIfNeeded: values.count))
            for value in values { Self.write(value, into: &output) }
        case .errorResponse(let fields), .noticeResponse(let fields): fields.write(into: &output)
        case .functionCallResponse(let value): Self.write(value, into: &output)
        case .negotiateProtocolVersion(let newest, let unknown):
            output.append(int32: newest)
            output.append(int32: Int32(truncatingIfNeeded: unknown.count))
            for name in unknown { output.append(terminated: name) }
        case .notification(let process, let channel, let payload):
            output.append(int32: process)
            output.append(terminated: channel)
            output.append(terminated: payload)
        case .parameterDescription(let types):
            output.append(int16: Int16(truncatingIfNeeded: types.count))
            for type in types { output.append(uint32: type) }
        case .parameterStatus(let name, let value):
            output.append(terminated: name)
            output.append(terminated: value)
        case .readyForQuery(let status): output.append(status.rawValue)
        case .rowDescription(let columns):
            output.append(int16: Int16(truncatingIfNeeded: columns.count))
            for column in columns { column.write(into: &output) }
        case .bindComplete, .closeComplete, .copyDone, .emptyQueryResponse, .noData, .parseComplete, .portalSuspended: break
        }
    }

    private static func write(_ value: [UInt8]?, into output: inout ByteBuffer) {
        guard let value else { return output.append(int32: -1) }
        output.append(int32: Int32(truncatingIfNeeded: value.count))
        output.append(value)
    }
}

extension BackendMessage.Authentication {
    fileprivate func write(into output: inout ByteBuffer) {
        switch self {
        case .ok: output.append(int32: 0)
        case .cleartextPassword: output.append(int32: 3)
        case .md5Password(let salt):
            output.append(int32: 5)
            output.append(salt)
        case .sasl(let mechanisms):
            output.append(int32: 10)
            for mechanism in mechanisms { output.append(terminated: mechanism) }
            output.append(UInt8(0))
        case .saslContinue(let bytes):
            output.append(int32: 11)
            output.append(bytes)
        case .saslFinal(let bytes):
            output.append(int32: 12)
            output.append(bytes)
        case .other(let number): output.append(int32: number)
        }
    }

    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        switch try reader.int32() {
        case 0: self = .ok
        case 3: self = .cleartextPassword
        case 5: self = .md5Password(salt: try reader.bytes(4))
        case 10:
            var mechanisms: [String] = []
            while true {
                let name = try reader.text()
                if name.isEmpty { break }
                mechanisms.append(name)
            }
            self = .sasl(mechanisms: mechanisms)
        case 11: self = .saslContinue(try reader.rest())
        case 12: self = .saslFinal(try reader.rest())
        case let other:
            _ = try reader.rest()
            self = .other(other)
        }
    }
}

// MARK: - Reading

extension BackendMessage {
    package init(_ kind: Kind, _ reader: inout MessageReader) throws(WireError) {
        switch kind {
        case .authentication: self = .authentication(try Authentication(&reader))
        case .backendKeyData: self = .backendKeyData(process: try reader.int32(), secret: try reader.int32())
        case .bindComplete: self = .bindComplete
        case .closeComplete: self = .closeComplete
        case .commandComplete: self = .commandComplete(try reader.text())
        case .copyBothResponse: self = .copyBothResponse(try CopyFormat(&reader))
        case .copyData: self = .copyData(try reader.rest())
        case .copyDone: self = .copyDone
        case .copyInResponse: self = .copyInResponse(try CopyFormat(&reader))
        case .copyOutResponse: self = .copyOutResponse(try CopyFormat(&reader))
        case .dataRow: self = .dataRow(try RowFields(&reader))
        case .emptyQueryResponse: self = .emptyQueryResponse
        case .errorResponse: self = .errorResponse(try ReportFields(&reader))
        case .functionCallResponse: self = .functionCallResponse(try reader.value())
        case .negotiateProtocolVersion:
            let minor = try reader.int32()
            let count = try reader.int32()
            guard count >= 0, Int(count) <= reader.remaining else { throw WireError("insufficient data left in message") }
            var unknown: [String] = []
            for _ in 0..<count { unknown.append(try reader.text()) }
            self = .negotiateProtocolVersion(newest: minor, unknown: unknown)
        case .noData: self = .noData
        case .noticeResponse: self = .noticeResponse(try ReportFields(&reader))
        case .notification: self = .notification(process: try reader.int32(), channel: try reader.text(), payload: try reader.text())
        case .parameterDescription:
            let count = try reader.count(ofAtLeast: 4)
            var types: [UInt32] = []
            for _ in 0..<count { types.append(try reader.uint32()) }
            self = .parameterDescription(types)
        case .parameterStatus: self = .parameterStatus(name: try reader.text(), value: try reader.text())
        case .parseComplete: self = .parseComplete
        case .portalSuspended: self = .portalSuspended
        case .readyForQuery:
            guard let status = TransactionStatus(rawValue: try reader.byte()) else { throw WireError("invalid transaction status") }
            self = .readyForQuery(status)
        case .rowDescription:
            let count = try reader.count(ofAtLeast: 19)
            var columns: [ColumnDescription] = []
            columns.reserveCapacity(count)
            for _ in 0..<count { columns.append(try ColumnDescription(&reader)) }
            self = .rowDescription(columns)
        }
        try reader.finish()
    }
}

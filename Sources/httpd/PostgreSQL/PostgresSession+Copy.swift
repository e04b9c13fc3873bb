import Ground
import PostgresWire
import SQL

// COPY between the client and the database, within a simple query or an Execute.
extension PostgresSession {
    func begin(_ copy: CopyExchange) throws(SQLError) {
        guard let connection else { return }
        if copy.isFrom {
            let copyIn = CopyIn(copy, connection.functions, limit: limits.messageBytes)
            self.copyIn = copyIn
            send(.copyInResponse(copyIn.description))
        } else {
            let copyOut = CopyOut(copy, connection.functions)
            self.copyOut = copyOut
            send(.copyOutResponse(copyOut.description))
            try copyOut.writeStart(into: &response)
        }
    }

    // MARK: To the client

    func sendCopy() {
        guard var copy = copyOut else { return }
        do throws(SQLError) {
            while response.count < limits.batchBytes {
                guard let rows = try copy.nextBatch(into: &response) else {
                    copy.writeEnd(into: &response)
                    send(.copyDone)
                    return completeCopy(copy.count)
                }
                for row in rows { try copy.write(row, into: &response) }
            }
            copyOut = copy
        } catch {
            fail(error, isSimple: script != nil)
        }
    }

    private func completeCopy(_ count: Int) {
        (copyIn, copyOut) = (nil, nil)
        if script == nil { return completeExecution(tag: "COPY \(count)") }
        sendNotices()
        send(.commandComplete("COPY \(count)"))
        result?.close()
        (result, writer) = (nil, nil)
    }

    // MARK: From the client

    func takeDuringCopy(_ message: FrontendMessage) {
        guard let copy = copyIn else { return }
        do throws(SQLError) {
            switch message {
            case .copyData(let bytes): try copy.receive(bytes)
            case .copyDone: completeCopy(try copy.end())
            case .copyFail(let reason):
                throw SQLError(SQLState(rawValue: "57014"), "COPY from stdin failed: \(reason)")
            case .flush, .sync: break
            case .terminate:
                copy.exchange.abandon()
                isOver = true
            default:
                throw SQLError(SQLState(rawValue: WireError.protocolViolation), "unexpected message type during COPY from stdin")
            }
        } catch {
            copy.exchange.abandon()
            fail(error, isSimple: script != nil, context: copy.place.map { "COPY \(copy.exchange.name), \($0)" })
        }
    }
}

import Ground
import ReQLish

/// How a connection begins: versions, accounts, passwords.
extension DriverConnection {
    mutating func greet(_ channel: inout Channel) {
        var answer = ByteBuffer()
        var outcome = Handshake.Outcome.needsMore
        var position = frames.input.start
        while position < frames.input.bytes.count, outcome == .needsMore {
            outcome = handshake.receive(frames.input.bytes[position], into: &answer)
            position += 1
        }
        frames.input.consume(to: position)
        settle(outcome, answer, &channel)
    }

    private mutating func settle(_ outcome: Handshake.Outcome, _ answer: ByteBuffer, _ channel: inout Channel) {
        switch outcome {
        case .refused where handshake.wasGuessed:
            events.append(.wasGuessed)
            refusal = (answer, phaseStart + limits.failedHandshakeTime)
            return
        case .needsMore: break
        case .unproved(let check):
            isProving = true
            events.append(.prove(check))
        case .done(let session):
            self.session = session
            login = handshake.credential.map { Login(user: session.user, .password($0), service.pando.catalog, service.authenticator) }
            phase = .serving
        case .refused: end(&channel)
        }
        channel.output.append(answer)
    }

    /// Has the answer to a guess wait until its client's others are answered.
    mutating func holdBack(
        _ answerTime: (_ start: MonotonicTime, _ heldBack: Duration) -> MonotonicTime
    ) {
        let time = answerTime(phaseStart, limits.failedHandshakeTime)
        refusal?.time = time
    }

    /// Takes what came of the check of the key.
    mutating func proved(_ isRight: Bool, _ channel: inout Channel) {
        guard isProving, phase == .greeting else { return }
        isProving = false
        var answer = ByteBuffer()
        let outcome = handshake.prove(isRight, into: &answer)
        settle(outcome, answer, &channel)
    }

    /// Ends the connection with a text instead of a handshake.
    mutating func refuse(_ text: String, _ channel: inout Channel) {
        var answer = ByteBuffer()
        Handshake.refuse(text, into: &answer)
        isProving = false
        channel.output.append(answer)
        end(&channel)
    }
}

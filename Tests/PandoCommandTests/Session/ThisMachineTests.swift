import Testing

@testable import PandoCommand

/// Hosts to which secrets may go in the clear.
@Suite struct ThisMachineTests {
    @Test(arguments: ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
    func loopbackIsThisMachine(host: String) { #expect(ClientSocket.isThisMachine(host)) }

    /// A name may begin like a number, and lead anywhere.
    @Test(arguments: [
        "127.evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "localhost.evil.example", "127.0.0.1 ", "128.0.0.1", "::2",
        "1::1", "",
    ])
    func othersAreNot(host: String) { #expect(!ClientSocket.isThisMachine(host)) }

    @Test(arguments: ["127.evil.example:8200", "127.0.0.1.evil.example", "127.0.0.1@evil.example"])
    func noTokenGoesToAnotherMachineInTheClear(host: String) throws {
        let place = try Workplace()
        let outcome = try PandoProcess.run(
            ["db", place.file, "create", "app", "--vault-transit", "pando"], environment: ["VAULT_ADDR=http://\(host)", "VAULT_TOKEN=t"])
        #expect(outcome.status == 2 && outcome.messages.contains("in the clear"), "\(outcome.messages)")
    }
}

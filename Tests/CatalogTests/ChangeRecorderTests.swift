import Testing

@testable import Catalog

@Suite struct ChangeRecorderTests {
    private final class Receiver: ChangeReceiver {
        let capacity = 100_000
        func receive(_ event: WatchEvent, from source: Int) {}
    }

    /// What a transaction has done to a watched table, as it is told.
    private static func told(_ record: (ChangeRecorder, ChangeRecorder.Interest) -> Void) -> [String] {
        let watchers = TableWatchers()
        watchers.add(WatchRegistration(Receiver(), source: 0, table: "t", .interval(.all)))
        let recorder = ChangeRecorder()
        record(recorder, ChangeRecorder.Interest(watchers: watchers))
        return recorder.deliveries(of: CommitNumber(opening: 1, sequence: 1)).map { delivery in
            switch delivery.event {
            case .changed(let changes, _): "\(changes.count) changes"
            case .overran(let count): "overran \(count)"
            default: "something else"
            }
        }
    }

    /// Few large documents are as much as many small ones.
    @Test func bytesAreLimitedToo() {
        let document = [UInt8](repeating: 0x20, count: 1 << 20)
        func record(_ count: Int) -> [String] {
            Self.told { recorder, interest in
                for number in 0..<count {
                    recorder.record([UInt8(number / 200), UInt8(number % 200)], from: nil, to: document, ofTable: "t", interest)
                }
            }
        }
        #expect(record(200) == ["200 changes"])
        #expect(record(300) == ["overran 300"])
    }
}

import Ground
import ReQLish

extension ValueCharge {
    /// Counts the text of an answer: it is written into memory that doubles as it fills.
    mutating func hold(answer value: Datum, _ pando: Pando) throws(DatumError) {
        let byteCount = 2 * value.approximateJSONByteCount
        guard byteCount >= QueryMemory.largeValue else { return }
        try QueryMemory.ofThread.with(pando.requestMemory()) { () throws(DatumError) in try hold(byteCount) }
    }

    /// The same of an answer that is being written.
    mutating func hold(written byteCount: Int, _ pando: Pando) throws(DatumError) {
        try QueryMemory.ofThread.with(pando.requestMemory()) { () throws(DatumError) in try hold(2 * byteCount) }
    }
}

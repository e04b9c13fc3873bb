/// What letters that mean the same become: Unicode's mapping `NFKC_Casefold`, for one code point at a time.
///
/// The table is a list of runs: how many code points lie between it and the run before, `*` and their number if it is not one, `/` if it is
/// each second one, and after `>` what the first becomes (what the others become rises with them) or after `=` what all of them become.
enum FoldingTable {
    /// nil: it stays as it is.
    static func folded(_ code: UInt32) -> [UInt32]? {
        var low = 0
        var high = runs.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle].first <= code { low = middle } else { high = middle }
        }
        let run = runs[low]
        guard code >= run.first, code <= run.last, (code - run.first) % run.stride == 0 else { return nil }
        return run.isRising ? [run.target[0] + (code - run.first)] : run.target
    }

    private struct Run: Sendable {
        var first: UInt32
        var last: UInt32
        var stride: UInt32 = 1
        var isRising = false
        var target: [UInt32]
    }

    private static let runs: [Run] = {
        var runs: [Run] = []
        var next: UInt32 = 0
        for entry in data.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            guard let sign = entry.firstIndex(where: { $0 == ">" || $0 == "=" }) else { continue }
            var place = entry[..<sign]
            let isSecond = place.last == "/"
            if isSecond { place.removeLast() }
            let parts = place.split(separator: "*").map { UInt32($0, radix: 16) ?? 0 }
            let target = entry[entry.index(after: sign)...].split(separator: ".").map { UInt32($0, radix: 16) ?? 0 }
            let stride: UInt32 = isSecond ? 2 : 1
            let first = next + parts[0]
            let last = first + (parts.count > 1 ? parts[1] - 1 : 0) * stride
            runs.append(Run(first: first, last: last, stride: stride, isRising: entry[sign] == ">" && last > first, target: target))
            next = last + 1
        }
        return runs
    }()
}

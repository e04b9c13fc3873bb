/// A text, and where in it the words are that were searched for.
package struct MarkedText: Sendable {
    package let text: [UInt8]
    /// Of all its words, the bytes they take, and whether they were searched for.
    package private(set) var words: [(range: Range<Int>, isMarked: Bool)] = []

    package var hasMarks: Bool { words.contains { $0.isMarked } }

    /// - Parameters:
    ///   - number: the field's, of whose texts these are all.
    ///   - places: as ``DocumentWords`` has them.
    static func texts(
        _ texts: [[UInt8]], ofField number: Int, _ places: Set<UInt64>, _ analyzer: inout TextAnalyzer
    ) -> [MarkedText] {
        var start: UInt64 = 0
        return texts.map { text in
            var marked = MarkedText(text: text)
            var end = start
            let limit = Int(DocumentWords.positionsOfField - min(start, DocumentWords.positionsOfField))
            analyzer.analyze(text, below: limit) { word in
                let position = start + UInt64(word.position)
                guard position < DocumentWords.positionsOfField else { return }
                end = position + 1
                let place = UInt64(number) * DocumentWords.positionsOfField + position
                marked.words.append((word.range, places.contains(place)))
            }
            start = end + DocumentWords.gap
            return marked
        }
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    /// The whole text, or the part of about so many words that has the most marks, with marks around the words that were searched for.
    ///
    /// - Parameters:
    ///   - wordCount: nil: the whole text.
    ///   - escape: what becomes of the text between the marks.
    package func marked(
        wordCount: Int?, before: String, after: String, escape: (ArraySlice<UInt8>) -> String
    ) -> String {
        var range = text.startIndex..<text.endIndex
        var chosen = words[...]
        if let wordCount, words.count > wordCount {
            chosen = densest(wordCount)
            range = (chosen.first?.range.lowerBound ?? 0)..<(chosen.last?.range.upperBound ?? 0)
            if chosen.startIndex == words.startIndex { range = text.startIndex..<range.upperBound }
            if chosen.endIndex == words.endIndex { range = range.lowerBound..<text.endIndex }
        }
        var result = range.lowerBound > text.startIndex ? "…" : ""
        var place = range.lowerBound
        for mark in Self.joined(chosen) {
            result += escape(text[place..<mark.lowerBound]) + before + escape(text[mark]) + after
            place = mark.upperBound
        }
        result += escape(text[place..<range.upperBound])
        return range.upperBound < text.endIndex ? result + "…" : result
    }

    /// The marked words; those that overlap, as pairs of letters do, are one.
    private static func joined(_ words: ArraySlice<(range: Range<Int>, isMarked: Bool)>) -> [Range<Int>] {
        var marks: [Range<Int>] = []
        for (word, isMarked) in words where isMarked {
            if let last = marks.last, word.lowerBound < last.upperBound {
                marks[marks.count - 1] = last.lowerBound..<max(last.upperBound, word.upperBound)
            } else {
                marks.append(word)
            }
        }
        return marks
    }

    /// The first of the runs of so many words with the most marks; a few words before the first mark belong to it.
    private func densest(_ count: Int) -> ArraySlice<(range: Range<Int>, isMarked: Bool)> {
        var marks = words.prefix(count).count { $0.isMarked }
        var best = (start: 0, marks: marks)
        for start in 0..<max(0, words.count - count) {
            if words[start].isMarked { marks -= 1 }
            if words[start + count].isMarked { marks += 1 }
            if marks > best.marks { best = (start + 1, marks) }
        }
        // The run ends with the mark that made it the best: moved on, it has words on both sides of its marks.
        let run = words[best.start..<min(best.start + count, words.count)]
        guard best.marks > 0, let first = run.firstIndex(where: { $0.isMarked }), let last = run.lastIndex(where: { $0.isMarked }) else {
            return run
        }
        let start = min(max(0, first - (count - (last - first + 1)) / 2), max(0, words.count - count))
        return words[start..<min(start + count, words.count)]
    }
}

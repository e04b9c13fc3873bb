/// Whether a query holds, as PostgreSQL computes it: with places below phrases, and with a third answer where places are not known.
enum TSQueryMatch {
    enum Answer { case no, yes, maybe }

    /// What is known of a part of a query.
    struct Part {
        var answer = Answer.no
        /// Where it ends; with `isNegated` everywhere else.
        var places: [Int] = []
        var isNegated = false
        /// How many words it spans, less one.
        var width = 0

        static func plain(_ answer: Answer) -> Part { Part(answer: answer) }
    }

    /// - Parameter find: whether the operand at an index is there; with its places if they are asked for.
    static func holds(_ query: TSQuery, _ find: (_ index: Int, _ operand: TSQuery.Operand, _ wantsPlaces: Bool) -> Part) -> Bool {
        var stack: [Part] = []
        for (index, item) in query.items.enumerated() {
            let place = query.places[index]
            switch item {
            case .operand(let operand): stack.append(find(index, operand, place != .outside))
            case .not:
                guard let part = stack.popLast() else { return false }
                stack.append(place == .outside ? .plain(negated(part.answer)) : negated(part))
            case .and, .or, .phrase:
                guard let b = stack.popLast(), let a = stack.popLast() else { return false }
                if place == .outside {
                    stack.append(.plain(item == .and ? both(a.answer, b.answer) : either(a.answer, b.answer)))
                } else {
                    var part = item == .or ? either(a, b) : both(a, b, item)
                    if place == .rootOfPhrase { part = .plain(part.answer == .yes ? .yes : .no) }
                    stack.append(part)
                }
            }
        }
        return stack.last.map { $0.answer != .no } ?? false
    }

    private static func negated(_ answer: Answer) -> Answer {
        switch answer {
        case .no: .yes
        case .yes: .no
        case .maybe: .maybe
        }
    }

    private static func both(_ a: Answer, _ b: Answer) -> Answer {
        if a == .no || b == .no { return .no }
        return a == .maybe || b == .maybe ? .maybe : .yes
    }

    private static func either(_ a: Answer, _ b: Answer) -> Answer {
        if a == .yes || b == .yes { return .yes }
        return a == .maybe || b == .maybe ? .maybe : .no
    }

    // MARK: Below a phrase

    private static func negated(_ part: Part) -> Part {
        var part = part
        switch part.answer {
        case .no:
            part = Part(answer: .yes, isNegated: true, width: part.width)
        case .yes:
            if part.places.isEmpty {
                part = .plain(.no)
            } else {
                part.isNegated.toggle()
            }
        case .maybe: part = .plain(.maybe)
        }
        return part
    }

    private static func both(_ a: Part, _ b: Part, _ item: TSQuery.Item) -> Part {
        if a.answer == .no || b.answer == .no { return .plain(.no) }
        if a.answer == .maybe || b.answer == .maybe { return .plain(.maybe) }
        var result = Part()
        let (left, right): (Int, Int)
        if case .phrase(let distance) = item {
            (left, right) = (distance + b.width, 0)
            result.width = distance + a.width + b.width
        } else {
            result.width = max(a.width, b.width)
            (left, right) = (result.width - a.width, result.width - b.width)
        }
        switch (a.isNegated, b.isNegated) {
        case (true, true):
            result.places = merged(a.places, left, b.places, right, [.onlyLeft, .onlyRight, .both])
            result.isNegated = true
            result.answer = .yes
            return result
        case (true, false): result.places = merged(a.places, left, b.places, right, .onlyRight)
        case (false, true): result.places = merged(a.places, left, b.places, right, .onlyLeft)
        case (false, false): result.places = merged(a.places, left, b.places, right, .both)
        }
        result.answer = result.places.isEmpty ? .no : .yes
        return result
    }

    private static func either(_ a: Part, _ b: Part) -> Part {
        if a.answer == .no, b.answer == .no { return .plain(.no) }
        if a.answer == .maybe || b.answer == .maybe { return .plain(.maybe) }
        var result = Part(answer: .yes)
        let (x, y) = (a.answer == .no ? 0 : a.width, b.answer == .no ? 0 : b.width)
        result.width = max(x, y)
        let (left, right) = (result.width - x, result.width - y)
        result.isNegated = a.isNegated || b.isNegated
        switch (a.isNegated, b.isNegated) {
        case (true, true): result.places = merged(a.places, left, b.places, right, .both)
        case (true, false): result.places = merged(a.places, left, b.places, right, .onlyLeft)
        case (false, true): result.places = merged(a.places, left, b.places, right, .onlyRight)
        case (false, false):
            result.places = merged(a.places, left, b.places, right, [.onlyLeft, .onlyRight, .both])
            if result.places.isEmpty { result.answer = .no }
        }
        return result
    }

    private struct Kept: OptionSet {
        let rawValue: Int
        static let onlyLeft = Kept(rawValue: 1)
        static let onlyRight = Kept(rawValue: 2)
        static let both = Kept(rawValue: 4)
    }

    private static func merged(_ a: [Int], _ left: Int, _ b: [Int], _ right: Int, _ kept: Kept) -> [Int] {
        var places: [Int] = []
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            let x = i < a.count ? a[i] + left : Int.max
            let y = j < b.count ? b[j] + right : Int.max
            if x < y {
                if kept.contains(.onlyLeft), x > 0 { places.append(x) }
                i += 1
            } else if x == y {
                if kept.contains(.both), x > 0 { places.append(x) }
                i += 1
                j += 1
            } else {
                if kept.contains(.onlyRight), y > 0 { places.append(y) }
                j += 1
            }
        }
        return places
    }
}

extension TSQuery {
    /// `@@`.
    func matches(_ vector: TSVector) -> Bool {
        TSQueryMatch.holds(self) { _, operand, wantsPlaces in vector.part(of: operand, wantsPlaces) }
    }
}

extension TSVector {
    /// Whether the vector has the operand of a query, and where.
    fileprivate func part(of operand: TSQuery.Operand, _ wantsPlaces: Bool) -> TSQueryMatch.Part {
        var part = TSQueryMatch.Part()
        var places: [Int] = []
        for index in matching(operand.word, isPrefix: operand.isPrefix) {
            let positions = lexemes[index].positions
            if positions.isEmpty {
                // Without positions weights are not asked for either.
                if wantsPlaces { return .plain(.maybe) }
                return .plain(.yes)
            }
            let fitting = operand.weights == 0 ? positions : positions.filter { operand.weights & 1 << UInt8($0.weight) != 0 }
            if fitting.isEmpty { continue }
            part.answer = .yes
            if !wantsPlaces { return part }
            places += fitting.map(\.place)
        }
        if operand.isPrefix {
            places.sort()
            for place in places where part.places.last != place { part.places.append(place) }
        } else {
            part.places = places
        }
        return part
    }
}

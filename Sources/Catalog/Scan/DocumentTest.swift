import Ground

/// A question about a stored document that is answered from its bytes: what the floor above makes of a filter's function, as far
/// as that compares fields with constants.
///
/// It answers as ReQL does, or not at all: a field that is not there ends it (``Verdict/missing``), and so does what can't be
/// told without decoding (``Verdict/undecided``). ``compareAlike(field:_:_:)`` and ``absent(field:)`` ask as SQL does, and a field that is
/// not there answers them.
package indirect enum DocumentTest: Sendable {
    /// Whether a top-level field stands in a relation to a constant: null, a bool, a number or a string.
    case compare(field: String, Comparison, Datum)
    /// Whether a top-level field is there, is of the constant's kind (a bool, a number or a string), and stands in a relation to it.
    case compareAlike(field: String, Comparison, Datum)
    /// Whether a top-level field is not there, or null.
    case absent(field: String)
    /// Whether a top-level field is neither null nor false.
    case truth(field: String)
    /// Whether a top-level field is one of these integers.
    case among(field: String, IntegerSet)
    /// Whether a top-level field is a text that is what is asked for, or isn't if `isNegated`.
    case text(field: String, TextTest, isNegated: Bool)
    /// Each in turn, until one is false.
    case all([DocumentTest])
    /// Each in turn, until one is true.
    case any([DocumentTest])
    case not(DocumentTest)
    case constant(Bool)

    /// Whether ``compare(field:_:_:)`` can compare with this.
    package static func canCompare(with constant: Datum) -> Bool {
        switch constant.kind {
        case .null, .bool, .number, .string: true
        default: false
        }
    }
}

/// One of the six comparisons, by ReQL's total order of all datums.
package enum Comparison: UInt8, Sendable, BitwiseCopyable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

    /// The relation in which the right side stands to the left.
    package var turned: Comparison {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}

/// The answer of a ``DocumentTest`` about a document.
package enum Verdict: UInt8, Sendable, BitwiseCopyable {
    case fails
    case passes
    /// A field that is asked for is not there.
    case missing
    /// It takes an evaluation of the whole.
    case undecided
}

/// A ``DocumentTest`` as a list of steps over one flag, which runs without allocating or counting references.
struct DocumentTestProgram {
    private struct Step: BitwiseCopyable {
        enum Kind: UInt8, BitwiseCopyable {
            case compare, compareAlike, absent, truth, among, text, notText, not, setTrue, setFalse, jumpIfTrue, jumpIfFalse
        }

        let kind: Kind
        var relation = Comparison.equal
        var field: Int32 = 0
        /// The constant of a comparison, the set of numbers, the texts, or the step that a jump leads to.
        var operand: Int32 = 0
    }

    private var steps: [Step] = []
    private var names: [[UInt8]] = []
    private var finders: [FieldFinder] = []
    private var constants: [StoredScalar] = []
    private var sets: [StoredIntegers] = []
    private var textTests: [StoredTextTest] = []
    /// Keep what the others look at.
    private var texts = KeptTexts()
    private var numbers: [IntegerSet] = []

    init(_ test: DocumentTest) {
        compile(test)
    }

    private mutating func compile(_ test: DocumentTest) {
        switch test {
        case .compare(let field, let relation, let constant):
            steps.append(Step(kind: .compare, relation: relation, field: finder(field), operand: Int32(constants.count)))
            constants.append(StoredScalar(constant, &texts))
        case .compareAlike(let field, let relation, let constant):
            steps.append(Step(kind: .compareAlike, relation: relation, field: finder(field), operand: Int32(constants.count)))
            constants.append(StoredScalar(constant, &texts))
        case .absent(let field): steps.append(Step(kind: .absent, field: finder(field)))
        case .truth(let field): steps.append(Step(kind: .truth, field: finder(field)))
        case .among(let field, let numbers):
            steps.append(Step(kind: .among, field: finder(field), operand: Int32(sets.count)))
            sets.append(numbers.stored)
            self.numbers.append(numbers)
        case .text(let field, let test, let isNegated):
            steps.append(Step(kind: isNegated ? .notText : .text, field: finder(field), operand: Int32(textTests.count)))
            textTests.append(StoredTextTest(test, &texts))
        case .all(let tests): compile(tests, leavingOn: .jumpIfFalse, ifEmpty: .setTrue)
        case .any(let tests): compile(tests, leavingOn: .jumpIfTrue, ifEmpty: .setFalse)
        case .not(let test):
            compile(test)
            steps.append(Step(kind: .not))
        case .constant(let value): steps.append(Step(kind: value ? .setTrue : .setFalse))
        }
    }

    private mutating func compile(_ tests: [DocumentTest], leavingOn jump: Step.Kind, ifEmpty: Step.Kind) {
        if tests.isEmpty { return steps.append(Step(kind: ifEmpty)) }
        var exits: [Int] = []
        for (index, test) in tests.enumerated() {
            compile(test)
            if index < tests.count - 1 {
                exits.append(steps.count)
                steps.append(Step(kind: jump))
            }
        }
        for exit in exits { steps[exit].operand = Int32(steps.count) }
    }

    private mutating func finder(_ name: String) -> Int32 {
        // By their bytes: strings of other bytes may be equal.
        if let known = names.firstIndex(of: Array(name.utf8)) { return Int32(known) }
        names.append(Array(name.utf8))
        finders.append(FieldFinder(name))
        return Int32(names.count - 1)
    }

    @inline(__always) mutating func verdict(on document: StoredDocument) -> Verdict {
        var flag = true
        var index = 0
        while index < steps.count {
            let step = steps[index]
            index += 1
            switch step.kind {
            case .compare:
                guard let json = finders[Int(step.field)].json(in: document) else { return .missing }
                switch constants[Int(step.operand)].holds(step.relation, json) {
                case .passes: flag = true
                case .fails: flag = false
                default: return .undecided
                }
            case .compareAlike:
                guard let json = finders[Int(step.field)].json(in: document), constants[Int(step.operand)].isAlike(json) else {
                    flag = false
                    break
                }
                switch constants[Int(step.operand)].holds(step.relation, json) {
                case .passes: flag = true
                case .fails: flag = false
                default: return .undecided
                }
            case .absent: flag = finders[Int(step.field)].json(in: document).map { $0[0] == UInt8(ascii: "n") } ?? true
            case .truth:
                guard let json = finders[Int(step.field)].json(in: document) else { return .missing }
                flag = json[0] != UInt8(ascii: "n") && json[0] != UInt8(ascii: "f")
            case .among:
                guard let json = finders[Int(step.field)].json(in: document) else { return .missing }
                switch sets[Int(step.operand)].verdict(on: json) {
                case .passes: flag = true
                case .fails: flag = false
                default: return .undecided
                }
            case .text, .notText:
                guard let json = finders[Int(step.field)].json(in: document) else { return .missing }
                switch textTests[Int(step.operand)].verdict(on: json, isNegated: step.kind == .notText) {
                case .passes: flag = true
                case .fails: flag = false
                default: return .undecided
                }
            case .not: flag.toggle()
            case .setTrue: flag = true
            case .setFalse: flag = false
            case .jumpIfTrue: if flag { index = Int(step.operand) }
            case .jumpIfFalse: if !flag { index = Int(step.operand) }
            }
        }
        return flag ? .passes : .fails
    }
}

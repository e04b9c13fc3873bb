/// What PostgreSQL's parser of texts asks of characters, as the C library has it for `C.UTF-8`. The table has `L`, `M`, `O` and `S` for them.
enum LetterClass: UInt8 {
    case letter = 11
    case mark = 12
    case other = 14
    case space = 18

    private static let classes = CodePointClasses(data)

    static func of(_ code: UInt32) -> LetterClass { LetterClass(rawValue: classes[code]) ?? .other }
}

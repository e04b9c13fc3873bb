/// A person's act at the keyboard.
enum Key: Equatable {
    /// Text that was typed: a scalar, which may belong to the character before it.
    case text(Unicode.Scalar)
    /// Text that was pasted, with line feeds as line ends.
    case paste(String)
    case enter, tab, backTab, backspace, delete, escape
    case up, down, left, right, home, end, pageUp, pageDown
    case wordLeft, wordRight
    /// Ctrl with a letter, in lower case, or with one of `@[\]^_`.
    case control(Character)
    /// Alt with a character.
    case meta(Character)
    case metaEnter, metaBackspace, metaDelete
    /// A sequence that means nothing here.
    case unknown
}

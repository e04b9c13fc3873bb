package import Ground

/// What prefixes stand for at a place of a document.
package struct XMLNamespaces: ~Copyable {
    /// A prefix and the name of its namespace, one behind the other in ``text``.
    struct Binding: BitwiseCopyable {
        let start: Int
        let prefixCount: Int
        let nameCount: Int
    }

    private var bindings = GrowingBuffer<Binding>()
    private var text = ByteBuffer()

    private static var xml: StaticString { "http://www.w3.org/XML/1998/namespace" }
    private static var xmlns: StaticString { "http://www.w3.org/2000/xmlns/" }
    private let xmlName: ByteBuffer = {
        var buffer = ByteBuffer()
        buffer.append(xml)
        return buffer
    }()

    /// Declarations that are in force or hidden by others.
    var count: Int { bindings.count }

    /// Nil for a prefix that is not declared, and for the empty one where elements without a prefix have no namespace.
    func name(of prefix: Bytes) -> Bytes? {
        if prefix.equals("xml") { return xmlName.raw }
        for index in stride(from: bindings.count - 1, through: 0, by: -1) {
            let binding = bindings[index]
            guard text.raw[binding.start..<binding.start + binding.prefixCount] == prefix else { continue }
            let start = binding.start + binding.prefixCount
            return binding.nameCount == 0 ? nil : text.raw[start..<start + binding.nameCount]
        }
        return nil
    }

    mutating func bind(_ prefix: Bytes, to name: Bytes) {
        bindings.append(Binding(start: text.count, prefixCount: prefix.count, nameCount: name.count))
        text.append(prefix)
        text.append(name)
    }

    mutating func removeBindings(downTo count: Int) {
        guard bindings.count > count else { return }
        text.truncate(to: bindings[count].start)
        bindings.truncate(to: count)
    }

    /// What is wrong with a declaration.
    package static func problem(prefix: Bytes, namespace: Bytes) -> String? {
        if prefix.equals("xmlns") { return "The prefix `xmlns` can't be declared." }
        if prefix.equals("xml") != namespace.equals(xml) { return "The prefix `xml` and its namespace belong together, and to no other." }
        if namespace.equals(xmlns) { return "The namespace of declarations can't be declared." }
        if prefix.count > 0, namespace.count == 0 { return "A prefix stands for a namespace, not for none." }
        return nil
    }
}

import Ground

/// What stands outside the root: the XML declaration, comments, instructions, and where the declarations begin.
extension XMLParser {
    /// Reads the XML declaration if there is one.
    mutating func readDeclaration() throws(XMLError) -> XMLEvent? {
        if bytes.count < 6, !isWhole, bytes.count == 0 || bytes.isBeginning(of: "<?xml ") {
            return try wanting("its first character")
        }
        guard bytes.begins("<?xml"), bytes.count > 5, bytes[5].isXMLSpace else {
            phase = .prologue
            return nil
        }
        guard try hasEnd(.instruction) else { return try wanting("the XML declaration") }
        // A quote that is not closed must not reach into what follows.
        var end = 5
        while end + 2 < bytes.count, !(bytes[end] == UInt8(ascii: "?") && bytes[end + 1] == UInt8(ascii: ">")) { end += 1 }
        var scanner = XMLScanner(bytes[0..<min(end + 2, bytes.count)], from: 5, limits)
        do throws(XMLScanner.Failure) {
            try scanner.requireSpace()
            try scanner.require("version")
            let version = try scanner.pseudoAttribute()
            guard version.count > 2, version.begins("1."), version.dropFirst(2).isDigits else {
                throw scanner.failure("The version of a document is 1.0.")
            }
            var hasSpace = scanner.skipSpace()
            if hasSpace, scanner.take("encoding") {
                let name = try scanner.pseudoAttribute()
                guard name.isEncodingName else { throw scanner.failure("`\(shown(name))` is no name of an encoding.") }
                guard input.agrees(withDeclared: name.string) else {
                    throw scanner.failure("The document says that it is in \(shown(name)), and is in UTF-16.")
                }
                hasSpace = scanner.skipSpace()
            }
            if hasSpace, scanner.take("standalone") {
                let answer = try scanner.pseudoAttribute()
                guard answer.equals("yes") || answer.equals("no") else { throw scanner.failure("`standalone` is \"yes\" or \"no\".") }
                isStandalone = answer.equals("yes")
                _ = scanner.skipSpace()
            }
            try scanner.require("?>")
        } catch {
            throw failure(error.message, at: error.index)
        }
        position = scanner.index
        phase = .prologue
        return nil
    }

    /// Reads what stands in front of the root and behind it.
    mutating func readOutside() throws(XMLError) -> XMLEvent? {
        while position < bytes.count, bytes[position].isXMLSpace { position += 1 }
        guard position < bytes.count else {
            if phase == .epilogue, isWhole {
                phase = .end
                return nil
            }
            if phase == .epilogue, input.failure == nil { return .needsInput }
            return try wanting(phase == .epilogue ? "what stands behind the root" : "what stands in front of its root")
        }
        let rest = bytes.dropFirst(position)
        if rest.begins("<?") { return try readInstruction() }
        if rest.begins("<!--") { return try readComment() }
        if !isWhole, rest.isBeginning(of: "<?") || rest.isBeginning(of: "<!--") || rest.isBeginning(of: "<!DOCTYPE") {
            return try wanting("a tag")
        }
        if phase == .epilogue { throw failure("There is something behind the end of the root.", at: position) }
        if rest.begins("<!DOCTYPE") {
            guard phase == .prologue else { throw failure("A document has one DOCTYPE.", at: position) }
            return try readDoctype()
        }
        guard rest[0] == UInt8(ascii: "<") else {
            throw failure("A document begins with `<`, and this is \(shownCharacter(rest)).", at: position)
        }
        return try readStartTag()
    }

    private func shownCharacter(_ bytes: Bytes) -> String {
        "`" + bytes[0..<min(XMLNames.scalar(bytes, at: 0).length, bytes.count)].string + "`"
    }

    /// Reads `<!DOCTYPE name` and where declarations outside the document are, up to `[` or `>`.
    private mutating func readDoctype() throws(XMLError) -> XMLEvent? {
        guard try hasEnd(.doctype) else { return try wanting("the DOCTYPE") }
        var scanner = XMLScanner(bytes, from: position + 9, limits)
        do throws(XMLScanner.Failure) {
            try scanner.requireSpace()
            _ = try scanner.qualifiedName()
            if scanner.skipSpace(), try scanner.externalIdentifier(needsSystem: true) != nil {
                hasExternalSubset = true
                _ = scanner.skipSpace()
            }
            if scanner.take("[") {
                phase = .subset
            } else {
                try scanner.require(">")
                phase = .prologueAfterDoctype
            }
        } catch {
            throw failure(error.message, at: error.index)
        }
        position = scanner.index
        return nil
    }
}

extension Bytes {
    fileprivate var isDigits: Bool {
        for index in 0..<count where self[index] < 0x30 || self[index] > 0x39 { return false }
        return count > 0
    }

    fileprivate var isEncodingName: Bool {
        for index in 0..<count {
            switch self[index] {
            case 0x41...0x5A, 0x61...0x7A: continue
            case 0x30...0x39, 0x2E, 0x5F, 0x2D: if index == 0 { return false }
            default: return false
            }
        }
        return count > 0
    }
}

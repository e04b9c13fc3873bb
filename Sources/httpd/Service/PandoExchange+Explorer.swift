import Ground
import ReQLish

// The Data Explorer: its files, and the words of the language that its editor completes.
extension PandoExchange {
    /// All that the page may do: load its own files and ask its own server. Text can't become script, not even by a mistake of the page's;
    /// the one address that it may make a script of is that of the worker that lays graphs out.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types pando-layout
        """

    func explorer(_ name: String) throws {
        if name == "terms.json" { return send(Self.terms) }
        guard let file = ExplorerFile.all[name] else { throw Problem.request(404, "The Data Explorer has no file `\(name)`.") }
        let isCompressed = request.acceptsGzip
        let form = isCompressed ? file.compressed : file.plain
        response.add(form.tag)
        response.addTrusted("Cache-Control", "no-cache")
        response.addTrusted("Vary", "Accept, Accept-Encoding")
        if try Preconditions(request).isUnmodified(form.tag.text) {
            response.status = 304
            return
        }
        response.addTrusted("Content-Type", file.contentType)
        if isCompressed { response.addTrusted("Content-Encoding", "gzip") }
        response.addTrusted("Content-Security-Policy", Self.policy)
        response.addTrusted("Referrer-Policy", "no-referrer")
        response.body.append(form.bytes)
    }

    /// The language's terms: how each is written, its options, what it is, and whether it writes.
    private static let terms: Datum = {
        let terms = TermType.written.map(\.facts).map { facts -> Datum in
            let options = facts.options.filter { !$0.hasPrefix("_") }.map { Datum($0) }
            return [
                "name": Datum(facts.name), "on_r": Datum(facts.isFunction), "on_value": Datum(facts.isMethod),
                "options": Datum(elements: options),
                "summary": Datum(facts.summary), "writes": Datum(facts.writes),
            ]
        }
        return Datum(elements: terms)
    }()
}

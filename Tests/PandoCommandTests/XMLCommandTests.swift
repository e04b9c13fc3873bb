import Testing

@Suite struct XMLCommandTests {
    private static let catalog = """
        <?xml version="1.0"?>
        <catalog>
          <product id="p2"><name>B</name><price currency="EUR">2.5</price><tags><tag>x</tag><tag>y</tag></tags></product>
          <product id="p1"><name>A</name><price currency="USD">1</price><tags/></product>
        </catalog>
        """

    @Test func thereAndBack() throws {
        let place = try Workplace()
        let data = try place.store(Self.catalog, as: "catalog.xml")
        try place.good("import", place.file, "app.products", data, "--create")
        #expect(
            try place.good("export", place.file, "app.products", "--format", "ndjson") == """
                {"id":"p1","name":"A","price":{"#":1,"@currency":"USD"},"tags":""}
                {"id":"p2","name":"B","price":{"#":2.5,"@currency":"EUR"},"tags":["x","y"]}

                """)
        let exported = try place.good("export", place.file, "app.products", "--format", "xml")
        #expect(
            exported == """
                <?xml version="1.0" encoding="UTF-8"?>
                <catalog>
                <product id="p1"><name>A</name><price currency="USD">1</price><tags/></product>
                <product id="p2"><name>B</name><price currency="EUR">2.5</price><tags><tag>x</tag><tag>y</tag></tags></product>
                </catalog>

                """)
        #expect(try place.good("export", place.file, "app.products", "--format", "xml", "--root", "shop").contains("<shop>\n<product"))
        // The order of the elements is dumped and restored with the table.
        try place.good("dump", place.file, "-o", place.path("dump.tar.gz"))
        try place.good("restore", place.path("copy.pando"), place.path("dump.tar.gz"))
        #expect(try place.good("export", place.path("copy.pando"), "app.products", "--format", "xml") == exported)
        try place.good("export", place.file, "app.products", "-o", place.path("again.xml.gz"))
        try place.good("import", place.file, "app.again", place.path("again.xml.gz"), "--create")
        #expect(try place.good("export", place.file, "app.again", "--format", "xml") == exported)
    }

    @Test func options() throws {
        let place = try Workplace()
        let data = try place.store("<shop><shelf><box id='1'><size>01</size><of><p>5</p></of></box></shelf></shop>", as: "shop.xml")
        try place.good("import", place.file, "app.a", data, "--create", "--record", "//box", "--list", "of")
        #expect(try place.good("export", place.file, "app.a", "--format", "ndjson") == #"{"id":"1","of":[5],"size":"01"}"# + "\n")
        try place.good("import", place.file, "app.b", data, "--create", "--record", "/shop/shelf/box", "--no-infer")
        #expect(try place.good("export", place.file, "app.b", "--format", "ndjson") == #"{"id":"1","of":{"p":"5"},"size":"01"}"# + "\n")
        #expect(try place.bad("import", place.file, "app.a", data, "--record", "box", status: 2).contains("--record is a path"))
        #expect(try place.bad("import", place.file, "app.a", data, "--delimiter", ";", status: 2).contains("--delimiter goes with"))
        let broken = try place.store("<l><u id='9'/>\n<u></l>", as: "broken.xml")
        #expect(
            try place.bad("import", place.file, "app.a", broken).contains("broken.xml, line 2, column 4: `</l>` stands where `</u>` must."))
        #expect(try place.good("query", place.file, #"r.db("app").table("a").count()"#) == "2\n")
    }

    /// What is no document is left out and counted; behind what is not XML nothing can be read.
    @Test func badDocuments() throws {
        let place = try Workplace()
        let text = """
            <l xmlns:pando="urn:pando:xml">
            <u id="1"/>
              <u id="2"><n pando:type="number">x</n></u>
            <u id="3"/><u id="\(String(repeating: "k", count: 200))"/>
            <u id="4"/>
            """
        let data = try place.store(text + "</l>", as: "hints.xml")
        #expect(try place.bad("import", place.file, "app.a", data, "--create").contains("hints.xml, line 3: column 13: `x` is no number."))
        #expect(try place.good("query", place.file, #"r.db("app").table("a").count()"#) == "1\n")
        let result = try place.good("import", place.file, "app.b", data, "--create", "--on-error", "skip", "--json")
        #expect(result.contains(#""inserted":3"#) && result.contains(#""skipped":2"#), "\(result)")
        #expect(try place.good("query", place.file, #"r.db("app").table("b").orderBy("id")("id")"#).contains("4"))
        let broken = try place.store(text + "</m>", as: "broken.xml")
        let complaint = try place.bad("import", place.file, "app.c", broken, "--create", "--on-error", "skip")
        #expect(complaint.contains("broken.xml, line 5, column 12: `</m>` stands where `</l>` must."), "\(complaint)")
        #expect(try place.good("query", place.file, #"r.db("app").table("c").count()"#) == "3\n")
    }

    @Test func wholeDocuments() throws {
        let place = try Workplace()
        let text = "<!-- a --><r id=\"k\">1 <b>two</b><?p i?>\n</r>"
        let data = try place.store(text, as: "page.xml")
        try place.good("import", place.file, "app.pages", data, "--create", "--exact")
        let query = ##"r.db("app").table("pages").get("k")("#document")(1)("r")("#")(0)"##
        #expect(try place.good("query", place.file, query) == "\"1 \"\n")
        let exported = try place.good("export", place.file, "app.pages", "--format", "xml", "--root", "all")
        #expect(exported.contains(text.replacing("-->", with: "-->\n")))
    }

    @Test func checking() throws {
        let place = try Workplace()
        let data = try place.store(Self.catalog, as: "catalog.xml")
        let canonical = try place.good("xml", data)
        #expect(canonical.hasPrefix("<catalog>\n  <product id=\"p2\"><name>B</name>") && canonical.contains("<tags></tags>"))
        #expect(try place.good("xml", "-", input: "<a  y='2' x=\"1\"/>") == "<a x=\"1\" y=\"2\"></a>\n")
        #expect(try place.good("xml", data, "--to", "json").split(separator: "\n").count == 2)
        #expect(try place.good("xml", data, "--to", "json", "--record", "//price").hasPrefix(##"{"#":2.5,"@currency":"EUR"}"##))
        #expect(
            try place.bad("xml", "-", input: "<a>\n</b>")
                == "pando xml: standard input, line 2, column 1 (byte 4): `</b>` stands where `</a>` must.\n")
        #expect(try place.bad("xml", data, "--record", "/a", status: 2).contains("--to json"))
    }
}

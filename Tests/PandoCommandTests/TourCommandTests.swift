import Testing

@Suite struct TourCommandTests {
    @Test func fromTheFirstFileToWhatIsNext() throws {
        let place = try Workplace()
        let output = try place.good("tour", place.folder)
        #expect(output.contains("GeoNames") && output.contains("CC BY 4.0"))
        #expect(output.contains("1,002 documents in "))
        #expect(output.contains("Shanghai") && output.contains("24874500"))
        #expect(output.contains("JOIN countries c ON") && output.split(separator: "\n").count { $0.contains("Montevideo") } == 2)
        #expect(output.contains("__meta__:databases:world"))
        #expect(output.contains(":docs:PE\n"))
        #expect(output.contains("1,002 documents there and back"))
        #expect(output.contains("sound: "))
        #expect(!output.contains("\u{1B}"))
        for name in ["tour.pando", "restored.pando"] {
            #expect(try place.good("query", place.path(name), #"r.db("world").table("countries").get("IS")("note")"#) == "\"visited\"\n")
        }
        #expect(try place.bad("tour", place.folder).contains("exists already"))
        try place.good("tour", place.folder, "--force")
    }

    @Test func whatItSaysToTryNextWorks() throws {
        let place = try Workplace()
        let output = try place.good("tour", place.folder)
        let line = try #require(output.split(separator: "\n").first { $0.contains("--format table") })
        let query = try #require(line.split(separator: "'").dropFirst().first)
        #expect(try place.good("query", place.path("tour.pando"), "--format", "table", String(query)).contains("5 rows"))
    }
}

import Testing

@testable import ReQLish

struct ProcessFactsTests {
    @Test(arguments: [
        ("postgresql://u1:secret@db.example:5432/app", "postgresql://u1:…@db.example:5432/app"),
        ("postgres://u1:se@cr/et@a:1,b:2/app?sslmode=disable", "postgres://u1:…@a:1,b:2/app?sslmode=disable"),
        ("--place=postgresql://u1:secret@db/app", "--place=postgresql://u1:…@db/app"),
        ("postgresql://u1@db:5432/app", "postgresql://u1@db:5432/app"),
        ("postgresql://[::1]:5432/app?password=secret&sslpassword=x&a=b", "postgresql://[::1]:5432/app?password=…&sslpassword=…&a=b"),
        ("https://pando.example:8080", "https://pando.example:8080"),
        ("a:b@c.pando", "a:b@c.pando"),
    ]) func aPasswordInAURLIsLeftOut(argument: String, shown: String) {
        #expect(ProcessFacts.withoutPasswords(["pando", "serve", argument]) == ["pando", "serve", shown])
    }

    @Test func aPasswordOfAnOptionIsLeftOut() {
        let shown = ProcessFacts.withoutPasswords([
            "--initial-password", "a", "b", "--initial-password=c", "--password", "d", "--password=e", "--token-file", "f",
        ])
        #expect(shown == ["--initial-password", "…", "b", "--initial-password=…", "--password", "…", "--password=…", "--token-file", "f"])
    }
}

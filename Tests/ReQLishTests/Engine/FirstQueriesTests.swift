import Testing

@testable import ReQLish

@Suite struct FirstQueriesTests {
    @Test func anEndToEndSlice() throws {
        let run = try QueryRunner(table: "people", [["id": 1, "age": 36], ["id": 2, "age": 17], ["id": 3, "name": "no age"]])
        run.expect("1", "1")
        run.expect("r.expr([1, 2]).map(x => x.add(1))", "[2, 3]")
        run.expect("r.table('people').get(2)", "{\"id\": 2, \"age\": 17}")
        run.expect("r.table('people').get(9)", "null")
        run.expect("r.table('people').count()", "3")
        run.expect("r.table('people').filter(p => p('age').gt(30))", "[{\"id\": 1, \"age\": 36}]")
        run.expect("r.table('people').filter({age: 17})('id')", "[2]")
        run.expect("r.table('people')('age').sum()", "53")
        run.expect("r.table('people').filter(r.row('age').gt(30)).count()", "1")
        run.expect(
            "r.table('people').group('age').count().ungroup()",
            "[{\"group\": null, \"reduction\": 1}, {\"group\": 17, \"reduction\": 1}, {\"group\": 36, \"reduction\": 1}]")
    }
}

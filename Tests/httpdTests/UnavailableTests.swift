import Catalog
import ReQLish
import Testing

@testable import SQL
@testable import httpd

struct UnavailableTests {
    /// Where the engine can't be reached, whoever asks is to ask again, whichever door it is.
    @Test func anEngineThatIsAwayIsNoFaultOfTheServer() {
        let error = CatalogError(.unavailable, "Nobody answers.")
        for problem in [Problem(error), Problem(ReQLError(error)), Problem(sql: SQLError(error), "SELECT 1")] {
            var response = HTTPResponse()
            problem.write(to: &response)
            #expect(response.status == 503)
        }
    }
}

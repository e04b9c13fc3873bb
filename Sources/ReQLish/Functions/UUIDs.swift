import Catalog
import Ground

/// UUIDs of names, as ReQL's `uuid` makes them.
enum UUIDs {
    /// The one that a name always has (version 5) in ReQL's namespace.
    static func named(_ name: Datum) throws(ReQLError) -> Datum {
        Datum(UUID.named(try Strings.utf8(name), in: namespace).description)
    }

    /// 91461c99-f89d-49d2-af96-d8e2e14e9b58
    private static let namespace = UUID(high: 0x9146_1C99_F89D_49D2, low: 0xAF96_D8E2_E14E_9B58)
}

/// The ways to find, join and order rows that the settings `enable_…` allow. One that is off is avoided where there is another; where all
/// of them are off, it is as if all were on.
struct PlanMethods {
    var seqScan = true
    var indexScan = true
    var bitmapScan = true
    var hashJoin = true
    var mergeJoin = true
    var nestedLoop = true
    var sort = true

    /// Whether rows are found by a key or an index wherever that can be.
    var prefersIndexScan: Bool { !seqScan && indexScan }
    var avoidsIndexScan: Bool { !indexScan && seqScan }
    /// The same of `@@`: what finds rows by words PostgreSQL reads as bitmaps alone.
    var prefersTextScan: Bool { !seqScan && bitmapScan }
    var avoidsTextScan: Bool { !bitmapScan && seqScan }
    /// Whether rows look others up by an index wherever that can be.
    var avoidsHashJoin: Bool { !hashJoin && nestedLoop }
    /// Whether every row meets every other one: a table of hashes stands for PostgreSQL's merge join as well.
    var avoidsJoinTable: Bool { avoidsHashJoin && !mergeJoin }
    var avoidsNestedLoop: Bool { !nestedLoop && (hashJoin || mergeJoin) }
}

extension PlanMethods {
    /// What each of the settings is about.
    static let settings: [String: any WritableKeyPath<PlanMethods, Bool> & Sendable] = [
        "enable_seqscan": \.seqScan, "enable_indexscan": \.indexScan, "enable_bitmapscan": \.bitmapScan, "enable_hashjoin": \.hashJoin,
        "enable_mergejoin": \.mergeJoin, "enable_nestloop": \.nestedLoop, "enable_sort": \.sort,
    ]
}

import Catalog

// Which way to the documents of a scan costs least.
extension ScanPlan {
    /// A document that is come by through its key costs as much as this many in a row.
    static let lookupCost = 16

    /// How the documents are come by.
    struct Way {
        var access: ScanAccess?
        /// Nil: all documents.
        var bounds: [KeyBounds]?
        /// In documents that are read in a row.
        var cost: Int
    }

    /// The search by words that finds the fewest; nil if none helps.
    func search(_ snapshot: CatalogSnapshot, _ run: Run) throws(SQLError) -> TextScan? {
        var best: TextScan?
        var tooMany: CatalogError?
        for text in texts {
            guard case .words(let lookup) = try text.wanted(run) else { continue }
            let search: TextScan
            do throws(CatalogError) { search = try TextScan(text, lookup, table.config, snapshot, run) } catch {
                guard error.kind == .tooLarge else { throw SQLError(error) }
                tooMany = error
                continue
            }
            if best.map({ search.mostDocuments < $0.mostDocuments }) ?? true { best = search }
        }
        guard best == nil, entry.scoreColumn != nil else { return best }
        if let tooMany { throw SQLError(tooMany) }
        throw SQLError(
            .featureNotSupported, "pando.score needs a condition with @@ that goes by an index",
            hint: "Make one with CREATE INDEX ... USING gin, of what stands on the left of @@, and ask for a word that rows must have.")
    }

    /// Whether a search finds fewer documents than are looked at in another way: to cut one into words takes longer than to find it.
    func isCheaper(_ search: TextScan, _ way: Way, _ snapshot: CatalogSnapshot) throws(SQLError) -> Bool {
        if entry.scoreColumn != nil || way.bounds == nil && methods.prefersTextScan { return true }
        guard let access = way.access, way.bounds != nil else { return try search.mostDocuments <= roughCount(snapshot) }
        if case .index = access.entries.place { return search.mostDocuments < way.cost / Self.lookupCost }
        return search.mostDocuments < way.cost
    }

    func reader(_ search: TextScan, _ run: Run) -> DocumentReader {
        searches?.begin(search)
        let isScored = entry.scoreColumn != nil
        let best = isScored ? run.bestCounts[ObjectIdentifier(self)] ?? Plan.batchCount : nil
        return DocumentReader(search, best: best, run)
    }

    /// The way that costs least: the store counts the entries of each.
    func cheapest(_ snapshot: CatalogSnapshot, _ run: Run) throws(SQLError) -> Way {
        guard let first = accesses.first else { return Way(cost: 0) }
        // What hangs on rows outside is read many times: it isn't counted each time.
        if first.isDependent {
            return Way(access: first, bounds: try first.bounds(run), cost: Self.lookupCost)
        }
        // Nothing is cheaper than the one document of a key, or none.
        if first.isOneRow, !first.isWithinCells, case .key = first.entries.place {
            let bounds = try first.bounds(run)
            return Way(access: first, bounds: bounds, cost: bounds.count)
        }
        var best = Way(cost: methods.prefersIndexScan ? .max : try roughCount(snapshot))
        for access in accesses where !access.isDependent && !access.isWithinCells {
            let bounds = try access.bounds(run)
            if bounds.isEmpty { return Way(access: access, bounds: [], cost: 0) }
            guard let cost = try self.cost(access.entries.place, bounds, snapshot),
                cost < best.cost || best.access == nil && cost == best.cost
            else { continue }
            best = Way(access: access, bounds: bounds, cost: cost)
        }
        return best
    }

    /// Nil if it isn't known, or there are values that can't be among the entries.
    func cost(_ place: TableEntries.Place, _ bounds: [KeyBounds], _ snapshot: CatalogSnapshot)
        throws(SQLError) -> Int?
    {
        var cost = 0
        for range in bounds {
            do throws(CatalogError) {
                if case .index(let index) = place {
                    guard let count = try snapshot.unnoted.entryCount(of: index, in: table.config, range) else {
                        return 0
                    }
                    cost += count * Self.lookupCost
                } else {
                    cost += try snapshot.roughCount(in: table.config, range) + (range.lower == range.upper ? 0 : 1)
                }
            } catch {
                guard Self.isNoKey(error) else { throw SQLError(error) }
                // A value that can't be a key is none's; as a bound it leaves it to the condition.
                if range.lower != range.upper { return nil }
            }
        }
        return cost
    }

    static func isNoKey(_ error: CatalogError) -> Bool {
        [.keyTooLong, .invalidKey, .keyNull].contains(error.kind)
    }

    /// About how many rows the table has, to choose a way by.
    func roughCount(_ run: Run) throws(SQLError) -> Int {
        if let known = run.documentCounts[ObjectIdentifier(self)] { return known }
        guard let (snapshot, _) = run.state.place(isTemporary: table.isTemporary) else { return 0 }
        let count = try roughCount(snapshot)
        run.documentCounts[ObjectIdentifier(self)] = count
        return count
    }

    func roughCount(_ snapshot: CatalogSnapshot) throws(SQLError) -> Int {
        do throws(CatalogError) { return try snapshot.roughDocumentCount(in: table.config) } catch {
            throw SQLError(error)
        }
    }

    /// What it costs to find the rows for what the slots have now, in documents that are read in a row; nil if that can't be told.
    func lookupCost(_ run: Run) throws(SQLError) -> Int? {
        guard let access, let (snapshot, _) = run.state.place(isTemporary: table.isTemporary) else { return nil }
        return try cost(access.entries.place, try access.bounds(run), snapshot)
    }

    /// How many documents an ordered scan may look at by an index before sorting would have been cheaper.
    func orderedBudget(_ run: Run) throws(SQLError) -> Int {
        guard let (snapshot, _) = run.state.place(isTemporary: table.isTemporary) else { return 0 }
        let cost = try accesses.isEmpty ? roughCount(snapshot) : cheapest(snapshot, run).cost
        return cost / Self.lookupCost
    }
}

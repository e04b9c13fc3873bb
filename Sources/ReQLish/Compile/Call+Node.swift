import Ground

extension Call {
    /// The node of this call. Where the receiver may be grouped, the term is wrapped so that it runs once for each group.
    func node() throws(ReQLError) -> Node {
        let node = distributesOverGroups ? try GroupedReceiverNode(self) : try plainNode()
        node.mayBeGrouped = mayBeGrouped
        return node
    }

    private var distributesOverGroups: Bool {
        arguments.first?.mayBeGrouped == true && type.facts.groups == .each
    }

    private var mayBeGrouped: Bool {
        switch type.facts.groups {
        case .each: arguments.first?.mayBeGrouped ?? false
        case .pass: arguments.contains { $0.mayBeGrouped || ($0 as? FunctionNode)?.function.body.mayBeGrouped == true }
        case .begin: true
        case .end: false
        }
    }

    /// What each term is compiled to, whatever its receiver is.
    func plainNode() throws(ReQLError) -> Node {
        switch type {
        case .datum, .variable, .implicitVariable, .function:
            throw site.error(.compile, "`\(type.name)` is not a call.")  // The compiler makes their nodes itself.

        // MARK: Values and control
        case .minval: ConstantNode(.minval, site)
        case .maxval: ConstantNode(.maxval, site)
        case .functionCall: FunctionCallNode(self)
        case .branch: try BranchNode(checked: self)
        case .and, .or: LogicNode(self)
        case .not: NotNode(self)
        case .error: ErrorNode(self)
        case .default: DefaultNode(self)
        case .literal: LiteralNode(self)
        case .args: ArgsNode(self)
        case .random: RandomNode(self)
        case .group: GroupNode(self)
        case .ungroup: UngroupNode(self)
        case .typeOf: TypeOfNode(self)
        case .info: InfoNode(self)
        case .digest: DigestNode(self)
        case .coerceTo: CoerceToNode(self)
        case .getField, .bracket:
            if let name = self[1].constant?.string { FieldNode(self[0], name, site) } else { BracketNode(self) }
        case .hasFields, .pluck, .without, .withFields: FieldPathsNode(self)
        case .merge: MergeNode(self)

        // MARK: Sequences
        case .map: MapNode(self)
        case .filter: FilterNode(self)
        case .concatMap: ConcatMapNode(self)
        case .nth: NthNode(self[0], self[1], site)
        case .limit, .skip, .slice: SliceNode(self)
        case .isEmpty: IsEmptyNode(self)
        case .range: RangeNode(self)
        case .count: CountNode(self)
        case .sum, .avg: SumNode(self)
        case .min, .max: ExtremeNode(self)
        case .reduce: ReduceNode(self)
        case .fold: FoldNode(self)
        case .orderBy: OrderByNode(self)
        case .asc, .desc: OrderingNode(self)
        case .distinct: DistinctNode(self)
        case .sample: SampleNode(self)
        case .contains: ContainsNode(self)
        case .offsetsOf: OffsetsOfNode(self)
        case .difference: DifferenceNode(self)
        case .union: UnionNode(self)
        case .innerJoin, .outerJoin: JoinNode(self)
        case .eqJoin: EqJoinNode(self)
        case .zip: ZipNode(self)
        case .changes: ChangesNode(self)

        // MARK: Tables and writes
        case .db: DatabaseNode(self)
        case .table: TableNode(self)
        case .get: GetNode(self)
        case .getAll: GetAllNode(self)
        case .search: SearchNode(self)
        case .searchWords: SearchWordsNode(self)
        case .matches: MatchesNode(self)
        case .getIntersecting: GetIntersectingNode(self)
        case .getNearest: GetNearestNode(self)
        case .between, .betweenDeprecated: BetweenNode(self)
        case .dbList, .tableList: NameListNode(self)
        case .dbCreate: CreateDatabaseNode(self)
        case .dbDrop: DropDatabaseNode(self)
        case .tableCreate: CreateTableNode(self)
        case .tableDrop: DropTableNode(self)
        case .config: ConfigNode(self)
        case .indexList: IndexListNode(self)
        case .indexCreate: CreateIndexNode(self)
        case .indexDrop: DropIndexNode(self)
        case .indexRename: RenameIndexNode(self)
        case .indexStatus, .indexWait: IndexStatusNode(self)
        case .status: StatusNode(self)
        case .sync: SyncNode(self)
        case .wait: WaitNode(self)
        case .reconfigure: ReconfigureNode(self)
        case .rebalance: RebalanceNode(self)
        case .grant: GrantNode(self)
        case .setWriteHook: SetWriteHookNode(self)
        case .getWriteHook: GetWriteHookNode(self)
        case .javaScript, .http: LeftOutNode(self)
        case .insert: InsertNode(self)
        case .update, .replace, .delete: ReplaceNode(self)
        case .forEach: ForEachNode(self)

        // MARK: Comparison and arithmetic
        case .eq: ComparisonNode(self, .equal)
        case .ne: ComparisonNode(self, .notEqual)
        case .lt: ComparisonNode(self, .less)
        case .le: ComparisonNode(self, .lessOrEqual)
        case .gt: ComparisonNode(self, .greater)
        case .ge: ComparisonNode(self, .greaterOrEqual)
        case .add: FoldingNode(self) { a, b, e throws(ReQLError) in try Arithmetic.add(a, b, arrayLimit: e.arrayLimit) }
        case .sub: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.subtract(a, b) }
        case .mul: FoldingNode(self) { a, b, e throws(ReQLError) in try Arithmetic.multiply(a, b, arrayLimit: e.arrayLimit) }
        case .div: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.divide(a, b) }
        case .mod: BinaryNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.modulo(a, b) }
        case .floor: UnaryNode(self, Arithmetic.floor)
        case .ceil: UnaryNode(self, Arithmetic.ceiling)
        case .round: UnaryNode(self, Arithmetic.round)
        case .bitAnd: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.bitAnd(a, b) }
        case .bitOr: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.bitOr(a, b) }
        case .bitXor: FoldingNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.bitXor(a, b) }
        case .bitNot: UnaryNode(self, Arithmetic.bitNot)
        case .bitSal: BinaryNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.shiftLeft(a, b) }
        case .bitSar: BinaryNode(self) { a, b, _ throws(ReQLError) in try Arithmetic.shiftRight(a, b) }

        // MARK: Text and JSON
        case .match: MatchNode(self)
        case .upcase: UnaryNode(self, Strings.upcase)
        case .downcase: UnaryNode(self, Strings.downcase)
        case .format: BinaryNode(self) { template, object, _ throws(ReQLError) in try Strings.format(template, object) }
        case .split:
            VariadicNode(self) { a, e throws(ReQLError) in
                try Strings.split(
                    a[0], a.count > 1 ? a[1] : nil, limit: a.count > 2 ? a[2] : nil, arrayLimit: e.arrayLimit)
            }
        case .json: UnaryNode(self, JSONFunctions.parse)
        case .toJSONString: UnaryNode(self, JSONFunctions.text)
        case .binary: UnaryNode(self, Binaries.binary)
        case .uuid:
            arguments.isEmpty
                ? VariadicNode(self) { _, _ throws(ReQLError) in Datum(UUID.random().description) }
                : UnaryNode(self, UUIDs.named)

        // MARK: Arrays and objects
        case .makeArray: arguments.contains { $0 is OrderingNode || $0 is FunctionNode } ? OrderingListNode(self) : MakeArrayNode(self)
        case .makeObject: MakeObjectNode(self)
        case .object: VariadicNode(self) { a, _ throws(ReQLError) in try Objects.object(a) }
        case .append: BinaryNode(self) { a, b, e throws(ReQLError) in try Arrays.append(a, b, arrayLimit: e.arrayLimit) }
        case .prepend: BinaryNode(self) { a, b, e throws(ReQLError) in try Arrays.prepend(a, b, arrayLimit: e.arrayLimit) }
        case .insertAt:
            VariadicNode(self) { a, e throws(ReQLError) in try Arrays.insert(a[0], at: a[1], a[2], arrayLimit: e.arrayLimit) }
        case .spliceAt:
            VariadicNode(self) { a, e throws(ReQLError) in try Arrays.splice(a[0], at: a[1], a[2], arrayLimit: e.arrayLimit) }
        case .changeAt:
            VariadicNode(self) { a, e throws(ReQLError) in try Arrays.change(a[0], at: a[1], a[2], arrayLimit: e.arrayLimit) }
        case .deleteAt:
            VariadicNode(self) { a, _ throws(ReQLError) in try Arrays.delete(a[0], at: a[1], end: a.count > 2 ? a[2] : nil) }
        case .setInsert: BinaryNode(self) { a, b, e throws(ReQLError) in try Sets.insert(a, b, arrayLimit: e.arrayLimit) }
        case .setUnion: BinaryNode(self) { a, b, e throws(ReQLError) in try Sets.union(a, b, arrayLimit: e.arrayLimit) }
        case .setIntersection: BinaryNode(self) { a, b, _ throws(ReQLError) in try Sets.intersection(a, b) }
        case .setDifference: BinaryNode(self) { a, b, _ throws(ReQLError) in try Sets.difference(a, b) }
        case .keys: UnaryNode(self, Objects.keys)
        case .values: UnaryNode(self, Objects.values)

        // MARK: Times
        case .now: NowNode(self)
        case .iso8601: ISO8601Node(self)
        case .toISO8601: UnaryNode(self, ISO8601.text)
        case .epochTime: UnaryNode(self, Times.epochTime)
        case .toEpochTime: UnaryNode(self, Times.toEpochTime)
        case .inTimezone: BinaryNode(self) { time, zone, _ throws(ReQLError) in try Times.inTimezone(time, zone) }
        case .during: DuringNode(self)
        case .date: UnaryNode(self, Times.date)
        case .timeOfDay: UnaryNode(self, Times.timeOfDay)
        case .timezone: UnaryNode(self, Times.timezone)
        case .year: UnaryNode(self, Times.year)
        case .month: UnaryNode(self, Times.month)
        case .day: UnaryNode(self, Times.day)
        case .dayOfWeek: UnaryNode(self, Times.dayOfWeek)
        case .dayOfYear: UnaryNode(self, Times.dayOfYear)
        case .hours: UnaryNode(self, Times.hours)
        case .minutes: UnaryNode(self, Times.minutes)
        case .seconds: UnaryNode(self, Times.seconds)
        case .time: VariadicNode(self) { a, _ throws(ReQLError) in try Times.time(a) }
        case .monday, .tuesday, .wednesday, .thursday, .friday, .saturday, .sunday:
            ConstantNode(Datum(type.number - TermType.monday.number + 1), site)
        case .january, .february, .march, .april, .may, .june, .july, .august, .september, .october, .november, .december:
            ConstantNode(Datum(type.number - TermType.january.number + 1), site)

        // MARK: Places
        case .geoJSON: UnaryNode(self, GeometryTerms.geoJSON)
        case .toGeoJSON: UnaryNode(self, GeometryTerms.toGeoJSON)
        case .point: BinaryNode(self) { x, y, _ throws(ReQLError) in try GeometryTerms.point(x, y) }
        case .line: VariadicNode(self) { places, _ throws(ReQLError) in try GeometryTerms.line(places) }
        case .polygon: VariadicNode(self) { places, _ throws(ReQLError) in try GeometryTerms.polygon(places) }
        case .fill: UnaryNode(self, GeometryTerms.fill)
        case .polygonSub: BinaryNode(self) { a, b, _ throws(ReQLError) in try GeometryTerms.polygonSub(a, b) }
        case .circle: CircleNode(self)
        case .distance: DistanceNode(self)
        case .intersects: SpatialFilterNode(self)
        case .includes: SpatialFilterNode(self)

        // MARK: Graphs
        case .traverse, .neighbors: TraverseNode(self)
        case .shortestPath: ShortestPathNode(self)
        case .subgraph: SubgraphNode(self)
        case .degree: DegreeNode(self)
        case .components, .pageRank: WholeGraphNode(self)
        case .relationCreate: CreateRelationNode(self)
        case .relationDrop: DropRelationNode(self)
        case .relationList: RelationListNode(self)
        case .relationStatus: RelationStatusNode(self)
        }
    }
}

extension Call {
    /// The node of this call. Where the receiver may be grouped, the term is wrapped so that it runs once for each group.
    func node() throws(ReQLError) -> Node {
        let node = distributesOverGroups ? try GroupedReceiverNode(self) : try plainNode()
        node.mayBeGrouped = mayBeGrouped
        return node
    }

    private var distributesOverGroups: Bool {
        guard let receiver = arguments.first, receiver.mayBeGrouped else { return false }
        switch type {
        case .group, .ungroup, .typeOf, .info, .default, .literal, .functionCall, .branch, .changes: return false
        default: return true
        }
    }

    private var mayBeGrouped: Bool {
        switch type {
        case .group: true
        case .ungroup, .typeOf, .info, .changes: false
        case .functionCall, .branch, .default:
            arguments.contains { $0.mayBeGrouped || ($0 as? FunctionNode)?.function.body.mayBeGrouped == true }
        default: arguments.first?.mayBeGrouped ?? false
        }
    }

    func plainNode() throws(ReQLError) -> Node {
        if let node = try scalarNode() { return node }
        if let node = try coreNode() { return node }
        if let node = sequenceNode() { return node }
        if let node = tableNode() { return node }
        return FailingNode(.operationFailed, "This version of Pando does not have `\(type.name)` yet.", site)
    }

    private func coreNode() throws(ReQLError) -> Node? {
        switch type {
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
        case .coerceTo: CoerceToNode(self)
        case .getField, .bracket:
            if let name = self[1].constant?.string { FieldNode(self[0], name, site) } else { BracketNode(self) }
        case .hasFields, .pluck, .without, .withFields: FieldPathsNode(self)
        case .merge: MergeNode(self)
        default: nil
        }
    }

    private func sequenceNode() -> Node? {
        switch type {
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
        default: nil
        }
    }

    private func tableNode() -> Node? {
        switch type {
        case .db: DatabaseNode(self)
        case .table: TableNode(self)
        case .get: GetNode(self)
        case .getAll: GetAllNode(self)
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
        default: nil
        }
    }
}

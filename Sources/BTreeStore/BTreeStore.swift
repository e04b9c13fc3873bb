// The floor `BTreeStore`.

import ReQLish

/// JSON Merge Patch, RFC 7396: null removes a field, an object patches an object, anything else replaces.
enum MergePatch {
    static func apply(_ patch: Datum, to target: Datum) throws(DatumError) -> Datum {
        // Times and binary values, which are objects only in JSON, replace and are replaced as a whole.
        guard patch.kind == .object else { return patch }
        var builder = DatumBuilder()
        try append(patch, to: target.kind == .object ? target.decoded : .emptyObject, &builder)
        return builder.finish()
    }

    /// Both are objects. Recursion is bounded by `Datum.maximumDepth`.
    private static func append(_ patch: Datum, to target: Datum, _ builder: inout DatumBuilder) throws(DatumError) {
        try builder.beginObject()
        for field in target.fields where patch[field: field.key] == nil {
            builder.key(field.key)
            try builder.append(field.value)
        }
        for field in patch.fields where !field.value.isNull {
            builder.key(field.key)
            if field.value.kind == .object {
                let old = target[field: field.key]
                try append(field.value, to: old?.kind == .object ? old ?? .emptyObject : .emptyObject, &builder)
            } else {
                try builder.append(field.value)
            }
        }
        try builder.endObject()
    }
}

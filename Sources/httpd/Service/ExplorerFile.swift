import Ground
import ReQLish
import Synchronization

/// A file of the Data Explorer as it was when this executable was built: SwiftPM writes what is in `Sources/httpd/Explorer` into it.
final class ExplorerFile: Sendable {
    let contentType: String
    let plain: Form
    private let gzip = Mutex<Form?>(nil)

    /// The bytes of one encoding, and their tag.
    struct Form: Sendable {
        let bytes: ByteBuffer
        let tag: EntityTag

        init(_ bytes: ByteBuffer) {
            self.bytes = bytes
            tag = EntityTag(bytes.span)
        }
    }

    private init(_ contentType: String, _ bytes: [UInt8]) {
        var buffer = ByteBuffer(capacity: bytes.count)
        buffer.append(bytes)
        self.contentType = contentType
        plain = Form(buffer)
    }

    /// Made when it is first asked for.
    var compressed: Form {
        gzip.withLock { form in
            if let form { return form }
            let bytes = plain.bytes
            let made = Form(GzipEncoder.compress(bytes.span))
            form = made
            return made
        }
    }

    private static func script(_ bytes: [UInt8]) -> ExplorerFile { ExplorerFile("text/javascript; charset=utf-8", bytes) }
    private static func style(_ bytes: [UInt8]) -> ExplorerFile { ExplorerFile("text/css; charset=utf-8", bytes) }
}

extension ExplorerFile {
    /// The one that `/` is.
    static let page = "index.html"

    static let all: [String: ExplorerFile] = [
        "accounts.js": script(PackageResources.accounts_js),
        "api.js": script(PackageResources.api_js),
        "app.js": script(PackageResources.app_js),
        "base.css": style(PackageResources.base_css),
        "browse.js": script(PackageResources.browse_js),
        "chart.js": script(PackageResources.chart_js),
        "code.css": style(PackageResources.code_css),
        "complete.js": script(PackageResources.complete_js),
        "conflict.js": script(PackageResources.conflict_js),
        "databases.js": script(PackageResources.databases_js),
        "dialog.js": script(PackageResources.dialog_js),
        "document.js": script(PackageResources.document_js),
        "dom.js": script(PackageResources.dom_js),
        "editor.js": script(PackageResources.editor_js),
        "format.js": script(PackageResources.format_js),
        "frame.css": style(PackageResources.frame_css),
        "graph.css": style(PackageResources.graph_css),
        "graph.js": script(PackageResources.graph_js),
        "graph-camera.js": script(PackageResources.graph_camera_js),
        "graph-draw.js": script(PackageResources.graph_draw_js),
        "graph-flat.js": script(PackageResources.graph_flat_js),
        "graph-input.js": script(PackageResources.graph_input_js),
        "graph-layout.js": script(PackageResources.graph_layout_js),
        "graph-live.js": script(PackageResources.graph_live_js),
        "graph-model.js": script(PackageResources.graph_model_js),
        "graph-source.js": script(PackageResources.graph_source_js),
        "graph-stage.js": script(PackageResources.graph_stage_js),
        "graph-table.js": script(PackageResources.graph_table_js),
        "graph-view.js": script(PackageResources.graph_view_js),
        "grid.js": script(PackageResources.grid_js),
        "grove.js": script(PackageResources.grove_js),
        "history.js": script(PackageResources.history_js),
        page: ExplorerFile("text/html; charset=utf-8", PackageResources.index_html),
        "indexes.js": script(PackageResources.indexes_js),
        "json.js": script(PackageResources.json_js),
        "keys.js": script(PackageResources.keys_js),
        "live.js": script(PackageResources.live_js),
        "locate.js": script(PackageResources.locate_js),
        "mark.svg": ExplorerFile("image/svg+xml", PackageResources.mark_svg),
        "memory.js": script(PackageResources.memory_js),
        "metrics.js": script(PackageResources.metrics_js),
        "overview.js": script(PackageResources.overview_js),
        "pages.js": script(PackageResources.pages_js),
        "parts.css": style(PackageResources.parts_css),
        "permissions.js": script(PackageResources.permissions_js),
        "plan.js": script(PackageResources.plan_js),
        "query.js": script(PackageResources.query_js),
        "reql.js": script(PackageResources.reql_js),
        "results.js": script(PackageResources.results_js),
        "roles.js": script(PackageResources.roles_js),
        "server.js": script(PackageResources.server_js),
        "session.js": script(PackageResources.session_js),
        "shortcuts.js": script(PackageResources.shortcuts_js),
        "spark.js": script(PackageResources.spark_js),
        "sql.js": script(PackageResources.sql_js),
        "table.js": script(PackageResources.table_js),
        "tokens.js": script(PackageResources.tokens_js),
        "tree.js": script(PackageResources.tree_js),
        "users.js": script(PackageResources.users_js),
    ]
}

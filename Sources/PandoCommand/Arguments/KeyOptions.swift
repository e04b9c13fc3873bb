/// The options that say where a key comes from.
enum KeyOptions {
    /// Those of a command that opens a file.
    static let all: [Option] = options("", "the file's key") + vault

    /// Where Vault is, and who asks there: one for all the keys of a command.
    static let vault: [Option] = [
        .value("vault-addr", "ADDRESS", "where Vault is: https://HOST:PORT, or unix:///PATH of an agent's socket (default: VAULT_ADDR)"),
        .value("vault-role-id", "ID", "ask Vault as a role (AppRole), in place of a token"),
        .value("vault-secret-id-file", "PATH", "with --vault-role-id: a file with the role's secret, that others can't read"),
    ]

    /// Those of all options of keys: of the file, of a new one, of another file, of an archive.
    static let prefixes = ["", "new-", "other-", "archive-"]

    /// What can be a line of the file of `pando serve --config`.
    static let settings = places + ["key-is-passphrase", "key-name"] + vault.map(\.name)

    /// - Parameter prefix: such as `new-` for `--new-key-file`.
    static func options(_ prefix: String, _ what: String) -> [Option] {
        [
            .value("\(prefix)key-file", "PATH", "\(what): 32 bytes, 64 hex digits or Base64, in a file that others can't read"),
            .value("\(prefix)key-command", "CMD", "\(what) is what a command line of sh prints"),
            .value("\(prefix)wrap-command", "CMD", "\(what) is with CMD, called with wrap or unwrap: bytes in, bytes out"),
            .value("\(prefix)vault-transit", "[MOUNT/]KEY", "\(what) is with HashiCorp Vault's engine transit, and never leaves it"),
            .value("\(prefix)vault-kv", "MOUNT/PATH#FIELD", "\(what) is in Vault's KV store (version 2)"),
            .flag("\(prefix)passphrase", "ask for a passphrase at the terminal"),
            .flag("\(prefix)key-is-passphrase", "what --\(prefix)key-file, -command or --\(prefix)vault-kv gives is a passphrase"),
            .value("\(prefix)key-name", "NAME", "what a new key is called in the file and in messages"),
        ]
    }

    /// Those of which one says where the key is.
    static let places = ["key-file", "key-command", "wrap-command", "vault-transit", "vault-kv"]

    /// The option of them that a command line has, of which there is no use where a server has the file.
    static func given(in arguments: Arguments) -> String? {
        (places + ["key-name"] + vault.map(\.name)).first { arguments.value($0) != nil }
            ?? ["passphrase", "key-is-passphrase"].first { arguments.has($0) }
    }

    /// For a command that needs a key.
    static func wanted(_ prefix: String = "") -> String {
        (places + ["passphrase"]).map { "--\(prefix)\($0)" }.joined(separator: ", ")
    }
}

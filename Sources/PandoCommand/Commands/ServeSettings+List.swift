extension ServeSettings {
    struct Setting {
        let name: String
        let placeholder: String
        var fallback = ""
        var isRepeatable = false
        let help: String

        var environmentName: String { KeySettings.variable(name) }
    }

    static let settings = [
        Setting(name: "http-port", placeholder: "PORT", fallback: "8080", help: "the port of HTTP; 0 is any free one (default: 8080)"),
        Setting(
            name: "driver-port", placeholder: "PORT", fallback: "28015",
            help: "the port of RethinkDB's drivers; 0 is any free one, none serves none (default: 28015)"),
        Setting(
            name: "pg-port", placeholder: "PORT", fallback: "5432",
            help: "the port of PostgreSQL clients; 0 is any free one, none serves none (default: 5432, or none if that is taken)"),
        Setting(
            name: "pg-connections", placeholder: "N", fallback: "4096",
            help: "sessions of PostgreSQL clients served at a time, and 3 more of admin (default: 4096)"),
        Setting(
            name: "pg-default-database", placeholder: "NAME", fallback: "test",
            help: "the database of PostgreSQL clients that name none, unless one is named like the user (default: test)"),
        Setting(
            name: "multi-database", placeholder: "true|false", fallback: "true",
            help: "false: one database, by every door; others of the file are not seen, and none is made or dropped (default: true)"),
        Setting(
            name: "database", placeholder: "NAME",
            help: "with --multi-database false: which one; it is made where it is missing (default: test)"),
        Setting(
            name: "pg-idle-timeout", placeholder: "SECONDS", fallback: "0",
            help: "how long a session of a PostgreSQL client may be idle; 0 is for ever (default: 0)"),
        Setting(
            name: "transaction-idle", placeholder: "SECONDS", fallback: "600",
            help: "how long a transaction of a PostgreSQL client may wait for its next statement; 0 is for ever (default: 600)"),
        Setting(name: "port-offset", placeholder: "N", fallback: "0", help: "added to the ports (default: 0)"),
        Setting(
            name: "bind", placeholder: "ADDRESSES", fallback: "loopback",
            help: "numeric addresses with commas between them, loopback, or all (default: loopback)"),
        Setting(
            name: "allow-host", placeholder: "NAMES", fallback: "",
            help: "host names, with commas, by which browsers may call it beside localhost and numbers"),
        Setting(
            name: "cors-origin", placeholder: "ORIGINS", fallback: "",
            help: "origins of web pages, with commas, that may call it from a browser; * is any (default: none)"),
        Setting(
            name: "rate-limit", placeholder: "N", fallback: "0",
            help: "HTTP requests and queries of drivers a second that one account may send in the long run; 0 means no limit (default: 0)"),
        Setting(name: "connections", placeholder: "N", fallback: "4096", help: "connections served at a time (default: 4096)"),
        Setting(
            name: "connections-of-client", placeholder: "N", fallback: "",
            help: "connections of one address that proved no account (default: half of --connections)"),
        Setting(
            name: "trusted-proxies", placeholder: "ADDRESSES", fallback: "",
            help: "numeric addresses, with commas, of proxies whose word counts on where a request comes from (default: none)"),
        Setting(
            name: "proxy-protocol", placeholder: "WHICH", fallback: "none",
            help: "none, or all: whether connections of trusted proxies begin with a header of the PROXY protocol (default: none)"),
        Setting(
            name: "body-limit", placeholder: "BYTES", fallback: "67108864",
            help: "bytes of a request's body, also once it is decompressed (default: 67108864)"),
        Setting(
            name: "log", placeholder: "PATH", fallback: "",
            help: "a file for the log, as lines of JSON; - is standard error (default: none)"),
        Setting(
            name: "log-requests", placeholder: "WHICH", fallback: "none",
            help: "none, or all: whether HTTP requests are in the log (default: none)"),
        Setting(
            name: "slow-query", placeholder: "MS", fallback: "0",
            help: "queries that take more milliseconds are noted in the log with text and plan; 0 notes none (default: 0)"),
        Setting(
            name: "log-contents", placeholder: "WHICH", fallback: "false",
            help:
                "true, or false: whether the log of an encrypted file has names, queries and targets, not digests of them (default: false)"),
        Setting(
            name: "function-time", placeholder: "MS", fallback: "1000",
            help: "milliseconds that a write hook or an index function may compute for one document; the write fails then (default: 1000)"),
        Setting(
            name: "writer-grace", placeholder: "MS", fallback: "10",
            help: "milliseconds that an open transaction may keep others from writing while it waits for its client (default: 10)"),
        Setting(
            name: "writer-time", placeholder: "SECONDS", fallback: "300",
            help: "how long one statement of SQL may keep others from writing; it is cancelled then; 0 is for ever (default: 300)"),
        Setting(
            name: "lock-timeout", placeholder: "MS", fallback: "10000",
            help:
                "milliseconds that requests and queries of drivers wait for others that write; 0 is for ever (default: 10000)"),
        Setting(
            name: "transactions", placeholder: "N", fallback: "1024",
            help: "transactions of HTTP and of drivers that may be open at a time (default: 1024)"),
        Setting(
            name: "transactions-per-account", placeholder: "N", fallback: "256",
            help: "such transactions that one account may have open at a time (default: 256)"),
        Setting(
            name: "history", placeholder: "TIME", fallback: "",
            help: "how far back the file's past can be read, such as 24h, 90m or 7d; 0 drops what was kept (default: none is added)"),
        Setting(
            name: "processes", placeholder: "WHICH", fallback: "one",
            help: "one, or several: whether others serve what postgresql://… keeps beside this process (default: one)"),
        Setting(
            name: "names", placeholder: "RULE", fallback: "strict",
            help: "strict, or rethinkdb: whether names may have - and begin with a digit (default: strict)"),
        Setting(
            name: "query-memory", placeholder: "MIB", fallback: "512",
            help: "the memory, in MiB, that one query may take for what it must keep (default: 512)"),
        Setting(
            name: "memory", placeholder: "MIB", fallback: "2048",
            help: "the memory, in MiB, that all queries together may take for that (default: 2048)"),
        Setting(
            name: "spill", placeholder: "MIB", fallback: "4096",
            help: "the space, in MiB, that one sort may take in a temporary file beyond its memory; 0 is none (default: 4096)"),
        Setting(
            name: "cache-size", placeholder: "MIB", fallback: "",
            help: "the memory, in MiB, for an encrypted file's decrypted pages, or PostgreSQL's documents (default: 512, or 128)"),
        Setting(
            name: "lock-memory", placeholder: "WHICH", fallback: "false",
            help: "true, or false: whether the process's memory is kept out of swap; of an encrypted file only (default: false)"),
        Setting(
            name: "at-least", placeholder: "STATE", fallback: "",
            help: "UUID.OPENING.COMMIT of an earlier status: a file that is older, and was put back, is not served (default: none)"),
        Setting(
            name: "tls-cert", placeholder: "FILE", isRepeatable: true,
            help:
                "TLS: a certificate in PEM, its chain behind it; of several, also with commas, the client's name chooses (default: no TLS)"),
        Setting(
            name: "tls-key", placeholder: "FILE", isRepeatable: true,
            help: "the private key of each --tls-cert, in PEM, which others may not read"),
        Setting(
            name: "tls-ports", placeholder: "PORTS", fallback: "http,driver,postgres",
            help: "where --tls-cert counts: http, driver and postgres, with commas (default: all three)"),
        Setting(
            name: "tls-min", placeholder: "VERSION", fallback: "1.2", help: "the oldest version of TLS, 1.2 or 1.3 (default: 1.2)"),
        Setting(
            name: "tls-client-ca", placeholder: "FILE",
            help: "authorities, in PEM, whose certificates clients may show: the common name is their account"),
        Setting(
            name: "tls-client-auth", placeholder: "WHICH", fallback: "optional",
            help: "optional, or required: whether clients must show such a certificate (default: optional)"),
        Setting(
            name: "tls-library", placeholder: "FILE",
            help: "OpenSSL's libssl (default: libssl.so.3 or libssl.so.1.1, where the system has it)"),
        Setting(
            name: "http-tls-cert", placeholder: "FILE", isRepeatable: true,
            help: "a certificate for the port of HTTP alone, as RethinkDB names it"),
        Setting(name: "http-tls-key", placeholder: "FILE", isRepeatable: true, help: "the private key of each --http-tls-cert"),
        Setting(
            name: "driver-tls-cert", placeholder: "FILE", isRepeatable: true,
            help: "a certificate for the port of drivers alone, as RethinkDB names it"),
        Setting(name: "driver-tls-key", placeholder: "FILE", isRepeatable: true, help: "the private key of each --driver-tls-cert"),
        Setting(
            name: "standby-of", placeholder: "SERVER",
            help: "follow this server, HOST:PORT or https://HOST:PORT: FILE becomes a copy that is read and takes no writes"),
        Setting(
            name: "lease", placeholder: "URL",
            help: "etcd://HOST[:PORT][,HOST…]/NAME, or etcds:// for TLS: who has this key is the primary, and others follow and succeed"),
        Setting(
            name: "lease-time", placeholder: "SECONDS", fallback: "10",
            help: "with --lease: how long a primary that is not heard of has it; it writes for a tenth less (default: 10)"),
        Setting(
            name: "advertise", placeholder: "URL",
            help: "with --lease: http://HOST:PORT or https://HOST:PORT, by which others reach this server (default: from --bind)"),
        Setting(
            name: "token-file", placeholder: "FILE",
            help: "with --standby-of or --lease: a token of admin there, the first line of a file"),
        Setting(
            name: "standby-ca", placeholder: "FILE",
            help: "with https:// or etcds://: who must have signed those servers' certificates (default: whom the system trusts)"),
        Setting(
            name: "sync-standbys", placeholder: "N", fallback: "0",
            help: "hard commits also wait until so many standbys have them on their disks (default: 0)"),
        Setting(
            name: "sync-timeout", placeholder: "SECONDS", fallback: "5",
            help: "how long at most; then commits don't wait until the standbys are back. never: for ever (default: 5)"),
        Setting(
            name: "initial-password", placeholder: "PASSWORD", fallback: "",
            help: "the password of admin, if it has none yet; auto makes one up and prints it"),
    ]
}

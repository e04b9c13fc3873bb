import Testing

@Suite struct UserCommandTests {
    @Test func usersFromCreationToDrop() throws {
        let place = try Workplace.withUsers()
        let file = place.file
        #expect(try place.good("user", file, "list").contains("admin  none      everything: config, connect, read, write"))
        let secret = try place.store("correct horse\nnot this\n", as: "secret.txt")
        try place.good("user", file, "create", "ada", "--password-file", secret)
        try place.good("user", file, "create", "bob", "--no-password")
        #expect(try place.bad("user", file, "create", "ada", "--password", "x").contains("ada"))
        #expect(try place.bad("user", file, "create", "eve", status: 2).contains("--password"))
        #expect(try place.bad("user", file, "create", "eve", "--password", "x", "--no-password", status: 2).contains("one of"))

        try place.good("user", file, "grant", "ada", "--allow", "read")
        try place.good("user", file, "grant", "ada", "app", "--allow", "write,config")
        try place.good("user", file, "grant", "ada", "app.users", "--deny", "write")
        try place.good("user", file, "grant", "ada", "app", "--unset", "config")
        let list = try place.good("user", file, "list")
        #expect(list.contains("ada    yes       everything: read"))
        #expect(list.contains("app: write\n") && list.contains("app.users: not write"))
        #expect(try place.good("user", file, "list", "--json").contains(#""id":"bob","password":false"#))
        #expect(try place.bad("user", file, "grant", "ada", "app", "--allow", "fly").contains("fly"))
        #expect(try place.bad("user", file, "grant", "ada", "nowhere", "--allow", "read").contains("nowhere"))
        #expect(try place.bad("user", file, "grant", "nobody", "--allow", "read").contains("nobody"))
        #expect(try place.bad("user", file, "grant", "ada", status: 2).contains("--allow"))

        // What a failed program in front of a pipe gives is no password.
        #expect(try place.bad("user", file, "password", "ada", "--password-file", "-", input: "").contains("standard input is empty"))
        #expect(try place.bad("user", file, "password", "ada", "--password", "").contains("--no-password"))
        #expect(try place.good("user", file, "list").contains("ada    yes"))

        try place.good("user", file, "password", "admin", "--password", "boss")
        #expect(try place.good("user", file, "list").contains("admin  yes"))
        #expect(try place.bad("user", file, "password", "nobody", "--password", "x").contains("no user nobody"))
        #expect(try place.bad("user", file, "drop", "bob").contains("drops the user bob"))
        try place.good("user", file, "drop", "bob", "--force")
        #expect(try place.bad("user", file, "drop", "admin", "--force").contains("can't be deleted"))
        #expect(try !place.good("user", file, "list").contains("bob"))
        try place.good("check", file)
        // Nothing that stands in the file is the password.
        #expect(try !place.good("inspect", file, "--prefix", "__meta__:users:", "--values").contains("horse"))
    }
}

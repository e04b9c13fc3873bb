import httpd

@main
enum PandoCommand {
    static func main() { print("pando") }
}
